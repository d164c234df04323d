import pytest

from edgeattn.deploy.local import LocalConnection
from edgeattn_runtime.errors import BadEnvironment


def test_commands_run_in_the_home_they_are_given(home):
    with LocalConnection(home) as board:
        assert board.run("pwd; echo $HOME").text.split() == [str(home)] * 2
        assert board.traffic.round_trips == 1


def test_commands_see_the_variables_they_are_given(home, monkeypatch):
    monkeypatch.setenv("SECRET", "1")
    with LocalConnection(home, {"A": "b"}) as board:
        assert board.run('echo "$A$SECRET"').text == "b\n"


def test_a_command_that_takes_too_long_is_one_sentence(board):
    with pytest.raises(BadEnvironment, match="was stopped: no answer within 0 s"):
        board.run("exec sleep 60", timeout_s=0.2)
