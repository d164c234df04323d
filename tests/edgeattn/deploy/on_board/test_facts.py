import ast
import json
import sys
from pathlib import Path

import pytest

from edgeattn.deploy import on_board
from edgeattn.deploy.on_board import facts


def test_a_folder_is_found_from_home_unless_it_is_absolute(tmp_path):
    home = str(tmp_path)
    assert facts.resolved("", home) == f"{home}/.edgeattn"
    assert facts.resolved("~/x", home) == f"{home}/x"
    assert facts.resolved("~", home) == home
    assert facts.resolved("x/../y", home) == f"{home}/y"
    assert facts.resolved("/opt/x", home) == "/opt/x"


def test_a_folder_s_files_are_listed_by_their_real_checksums(tmp_path):
    release = tmp_path / "releases/tiny-1"
    release.mkdir(parents=True)
    (tmp_path / "bundles").mkdir()
    (tmp_path / "bundles/tiny").symlink_to("../releases/tiny-1")
    (tmp_path / "bundles/broken").symlink_to("nowhere")
    (release / "a").write_bytes(b"x")
    (release / "deployed.json").write_text(json.dumps({"files": {"a": "1", "b": "2"}}))
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming/ab.part").write_bytes(b"12345")
    (tmp_path / "engines/.e.part").mkdir(parents=True)
    (tmp_path / "engines/e").mkdir()
    found = facts.inventory(str(tmp_path))
    assert set(found["bundles"]) == {"tiny"}
    assert found["bundles"]["tiny"]["found"] == {
        "a": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", "b": None,
    }  # fmt: skip
    assert (found["incoming"], found["engines"]) == ({"ab.part": 5}, ["e"])
    assert (found["ours"], found["empty"]) == (False, False)


def test_an_absent_folder_is_empty(tmp_path):
    assert facts.inventory(str(tmp_path / "no"))["empty"]


def test_a_file_in_the_folder_s_place_is_in_the_way(tmp_path):
    (tmp_path / "e").touch()
    assert not facts.is_writable(str(tmp_path / "e"))
    assert facts.is_writable(str(tmp_path / "absent/deep"))


def test_a_system_folder_cannot_be_written():
    assert not facts.is_writable("/proc/edgeattn")


def test_the_lines_can_be_told_from_what_else_is_printed(tmp_path, capsys):
    facts.main([str(tmp_path / "e"), "all", "/opt/python"])
    python, board = capsys.readouterr().out.splitlines()
    assert json.loads(python.removeprefix("edgeattn-python "))["path"] == "/opt/python"
    assert json.loads(board.removeprefix("edgeattn-board "))["folder"] == f"{tmp_path}/e"


@pytest.mark.parametrize("path", sorted(Path(on_board.__file__).parent.glob("*.py")), ids=str)
def test_what_runs_on_the_board_is_python_3_8_with_its_standard_library(path):
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    own = {name for name in names if name.startswith("edgeattn.deploy.on_board")}
    assert {name.partition(".")[0] for name in names - own} <= set(sys.stdlib_module_names)
