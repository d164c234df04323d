import importlib
from pathlib import Path

import pytest

from edgeattn.data.named import (
    NAMES,
    PLACES,
    VARIANTS,
    data_home,
    dataset_folder,
    is_named,
    load_named,
)
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
    for form in PLACES[name][0]:
        assert ", ".join(form) in message
    assert "EDGEATTN_DATA" in message


@pytest.mark.parametrize("form", PLACES["fsdd"][0])
def test_a_data_set_may_lie_there_in_any_of_its_forms(form, tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEATTN_DATA", str(tmp_path))
    (tmp_path / "fsdd").mkdir()
    for name in form:
        (tmp_path / "fsdd" / name).touch()
    assert dataset_folder("fsdd") == tmp_path / "fsdd"


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_a_loader(name):
    module = importlib.import_module(f"edgeattn.data.{name}")
    assert callable(getattr(module, f"load_{name}"))


def test_the_page_tells_of_every_name_and_variant():
    page = (Path(__file__).parents[3] / "docs" / "data.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"| `{name}` |" in page
    for name, (variants, _) in VARIANTS.items():
        assert f"| `{name}:" in page
        assert all(variant in page for variant in variants)


def test_variants_follow_a_colon():
    assert is_named("fsdd:theo")
    assert is_named("sp_sw_har")
    assert not is_named("C:/photos")
    with pytest.raises(BadUsage, match=r"fsdd has no variant 'bob'; .*left out.*: george, jackson"):
        load_named("fsdd:bob", "test")
    with pytest.raises(BadUsage, match="gestures has no variants; name it without `:left`"):
        load_named("gestures:left", "test")


def test_an_unknown_split_is_refused():
    with pytest.raises(BadUsage, match="gestures has no split 'dev'; choose one of train"):
        load_named("gestures", "dev")


def test_the_data_folder_follows_the_system():
    assert data_home({"EDGEATTN_DATA": "/d"}, "linux") == Path("/d")
    assert data_home({"XDG_DATA_HOME": "/x"}, "linux") == Path("/x/edgeattn")
    assert data_home({}, "linux") == Path.home() / ".local/share/edgeattn"
    assert data_home({}, "darwin") == Path.home() / "Library/Application Support/edgeattn"
    assert data_home({"LOCALAPPDATA": "/l"}, "win32") == Path("/l/edgeattn")
