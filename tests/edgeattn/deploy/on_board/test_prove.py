import os

import pytest

from edgeattn.deploy.on_board.prove import BACK, prove
from tests.edgeattn.deploy.on_board.test_release import put

__all__ = ["put"]


@pytest.fixture
def line():
    """Yield the end of a line that somebody holds open."""
    source, sink = os.pipe()
    yield source
    os.close(sink)


def test_a_release_that_holds_stays(tmp_path, put, line, capfd):
    put(b"1")
    second = put(b"2")
    assert prove(second, ["sh", "-c", "echo report"], line) == 0
    assert os.path.realpath(tmp_path / "bundles/tiny") == second
    assert capfd.readouterr() == ("report\n", "")


@pytest.mark.parametrize("code", [1, 3])
def test_a_release_that_fails_makes_room_for_the_one_before(tmp_path, put, line, capfd, code):
    first, second = put(b"1"), put(b"2")
    assert prove(second, ["sh", "-c", f"echo report; exit {code}"], line) == code
    assert os.path.realpath(tmp_path / "bundles/tiny") == first
    assert capfd.readouterr() == ("report\n", f"{BACK}{os.path.basename(first)}\n")


def test_a_first_release_that_fails_stays_to_be_looked_at(tmp_path, put, line, capfd):
    only = put(b"1")
    assert prove(only, ["false"], line) == 1
    assert os.path.realpath(tmp_path / "bundles/tiny") == only
    assert capfd.readouterr().err == ""
