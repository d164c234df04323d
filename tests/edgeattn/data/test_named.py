from pathlib import Path

import pytest

from edgeattn.data.named import NAMES, PLACES, data_home, dataset_folder, load_named
from edgeattn_runtime.errors import BadData, BadUsage


def test_the_names_are_those_of_the_interface():
    assert NAMES == ("gestures", "cifar10_jpeg", "fsdd", "sp_sw_har", "banking77", "clinc150")


@pytest.mark.parametrize("name", PLACES)
def test_a_missing_data_set_says_what_to_place_where(name, tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEATTN_DATA", str(tmp_path))
    with pytest.raises(BadData) as caught:
        load_named(name, "test")
    message = str(caught.value)
    assert str(tmp_path / name) in message
    assert PLACES[name][0][0] in message
    assert "EDGEATTN_DATA" in message


def test_a_data_set_without_a_loader_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEATTN_DATA", str(tmp_path))
    (tmp_path / "clinc150").mkdir()
    (tmp_path / "clinc150" / "data_full.json").touch()
    assert dataset_folder("clinc150") == tmp_path / "clinc150"
    with pytest.raises(BadUsage, match="has no loader yet; save its prepared samples"):
        load_named("clinc150", "test")


def test_an_unknown_split_is_refused():
    with pytest.raises(BadUsage, match="gestures has no split 'dev'; choose one of train"):
        load_named("gestures", "dev")


def test_the_data_folder_follows_the_system():
    assert data_home({"EDGEATTN_DATA": "/d"}, "linux") == Path("/d")
    assert data_home({"XDG_DATA_HOME": "/x"}, "linux") == Path("/x/edgeattn")
    assert data_home({}, "linux") == Path.home() / ".local/share/edgeattn"
    assert data_home({}, "darwin") == Path.home() / "Library/Application Support/edgeattn"
    assert data_home({"LOCALAPPDATA": "/l"}, "win32") == Path("/l/edgeattn")
