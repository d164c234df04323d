import json
import os

import pytest

from edgeattn.deploy.on_board.folder import Refusal, claim, locked
from edgeattn.deploy.on_board.remove import main, remove


def test_a_folder_of_ours_goes_whole(tmp_path):
    place = tmp_path / "e"
    claim(str(place))
    (place / "releases/a").mkdir(parents=True)
    (place / "releases/a/one").write_bytes(b"x" * 1000)
    os.link(place / "releases/a/one", place / "two")
    (place / "link").symlink_to(tmp_path)
    size = remove(str(place))["removed_bytes"]
    assert 1000 < size < 1300  # each hard link counts once
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there_is_no_error(tmp_path, capsys):
    assert main([str(tmp_path / "e")]) == 0
    assert json.loads(capsys.readouterr().out) == {"removed_bytes": 0}


def test_a_folder_without_our_mark_stays(tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(Refusal) as refusal:
        remove(str(tmp_path))
    assert refusal.value.kind == "foreign"
    assert os.listdir(tmp_path) == ["thesis.txt"]


def test_a_folder_that_a_deploy_is_changing_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("edgeattn.deploy.on_board.folder.PATIENCE_S", 0.1)
    claim(str(tmp_path / "e"))
    with locked(str(tmp_path / "e")), pytest.raises(Refusal) as refusal:
        remove(str(tmp_path / "e"))
    assert refusal.value.kind == "busy"
    assert (tmp_path / "e/edgeattn.json").exists()
