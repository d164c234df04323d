import os
from pathlib import Path

import pytest

from edgeattn.embed.place import MARK, place
from edgeattn_runtime.errors import BadEnvironment, BadUsage


def test_files_lie_where_they_should_and_scripts_can_run(tmp_path):
    place({"a.txt": b"one", "tests/run.sh": b"#!/bin/sh\n"}, tmp_path / "kit", force=False)
    assert (tmp_path / "kit/a.txt").read_bytes() == b"one"
    assert os.access(tmp_path / "kit/tests/run.sh", os.X_OK)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kit"]


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "kit").mkdir()
    place({"a": b""}, tmp_path / "kit", force=False)
    assert (tmp_path / "kit/a").is_file()


def test_a_kit_is_replaced_only_when_asked_for_and_never_mixed(tmp_path):
    out = tmp_path / "kit"
    place({"old.txt": b"", "both.txt": b"1"}, out, force=False)
    with pytest.raises(BadUsage, match="is not empty; give another --out, or --force"):
        place({"both.txt": b"2"}, out, force=False)
    place({"both.txt": b"2"}, out, force=True)
    assert sorted(path.name for path in out.iterdir()) == [MARK, "both.txt"]
    assert (out / "both.txt").read_bytes() == b"2"


def test_a_folder_of_somebody_else_is_left_alone_also_with_force(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(BadUsage, match="holds no kit, so --force leaves it alone"):
        place({"a": b""}, tmp_path, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_no_place_for_a_kit(tmp_path):
    (tmp_path / "kit").write_text("")
    with pytest.raises(BadUsage, match="is a file; give --out a folder"):
        place({"a": b""}, tmp_path / "kit", force=True)


@pytest.mark.parametrize("force", [False, True])
def test_a_link_is_left_alone(tmp_path, force):
    place({"a": b"1"}, tmp_path / "kit", force=False)
    (tmp_path / "link").symlink_to(tmp_path / "kit", target_is_directory=True)
    with pytest.raises(BadUsage, match="is a link; give --out the folder itself"):
        place({"a": b"2"}, tmp_path / "link", force=force)
    assert (tmp_path / "kit/a").read_bytes() == b"1"


def test_the_folder_one_is_in_is_not_taken_away(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadUsage, match=r"\. is the folder you are in; give --out a new one"):
        place({"a": b""}, Path(), force=False)


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path):
    with pytest.raises(BadEnvironment, match="cannot write"):
        place({"a": b"", f"{'x' * 300}": b""}, tmp_path / "kit", force=False)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_leaves_the_old_kit_whole(tmp_path):
    place({"a": b"1"}, tmp_path / "kit", force=False)
    with pytest.raises(BadEnvironment):
        place({"a": b"2", f"{'x' * 300}": b""}, tmp_path / "kit", force=True)
    assert (tmp_path / "kit/a").read_bytes() == b"1"
