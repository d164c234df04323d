import sys
from pathlib import Path

import pytest

from edgeattn.sources.import_code import told_by, user_code
from edgeattn_runtime.errors import BrokenModel


@pytest.fixture
def project(tmp_path: Path):
    """Two projects, each with a neighbour of the same name."""
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "layers_beside.py").write_text(f"WHO = {name!r}\n")
        (folder / "model.py").write_text(
            "from layers_beside import WHO\ndef late():\n    import layers_beside\n"
            "    return layers_beside.WHO\n"
        )
    return tmp_path


def test_neighbours_are_found_at_import_and_later(project):
    with user_code(str(project / "one" / "model.py")) as code:
        assert code.WHO == "one"
        assert code.late() == "one"


def test_two_projects_do_not_see_each_other(project):
    for name in ("one", "two"):
        with user_code(str(project / name / "model.py")) as code:
            assert (code.WHO, code.late()) == (name, name)


def test_the_interpreter_is_left_as_it_was(project):
    path = list(sys.path)
    with user_code(str(project / "one" / "model.py")):
        pass
    with pytest.raises(BrokenModel), user_code(str(project / "none.py")):
        pass
    assert sys.path == path
    assert "layers_beside" not in sys.modules


def test_a_file_named_like_a_standard_module_hides_nothing(tmp_path):
    import random

    (tmp_path / "random.py").write_text("def build(): return 'mine'\n")
    with user_code(str(tmp_path / "random.py")) as code:
        assert code.build() == "mine"
    assert sys.modules["random"] is random


def test_what_the_code_prints_goes_to_stderr(tmp_path, capsys):
    (tmp_path / "loud.py").write_text("print('hello')\n")
    with user_code(str(tmp_path / "loud.py")):
        pass
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "hello\n")


def test_an_error_is_told_in_one_line():
    assert told_by(ValueError("first\nsecond")) == "ValueError: first"
    assert told_by(KeyError()) == "KeyError"
