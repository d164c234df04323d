import pytest

from edgeattn.deploy.uninstall import uninstall
from edgeattn_runtime.errors import BadEnvironment


def test_where_nothing_was_deployed_nothing_is_removed(board, home):
    assert uninstall(board) == (f"{home}/.edgeattn", 0)
    assert list(home.iterdir()) == []


def test_a_folder_that_is_not_ours_is_refused(board, home):
    (home / "mine").mkdir()
    (home / "mine/thesis.txt").write_text("precious")
    with pytest.raises(BadEnvironment, match="not edgeattn's"):
        uninstall(board, folder="mine")
    assert (home / "mine/thesis.txt").read_text() == "precious"
