import pytest

from edgeattn.deploy.connection import Completed
from edgeattn.deploy.fake import FakeConnection
from edgeattn_runtime.errors import BadEnvironment


def test_answers_come_in_order_and_what_was_asked_is_remembered():
    board = FakeConnection([Completed(0, b"one"), Completed(3)])
    assert board.run("first", stdin=[b"a", b"b"]).stdout == b"one"
    assert board.run("second").code == 3
    assert (board.commands, board.inputs) == (["first", "second"], [b"ab", b""])
    assert board.traffic.to_json() == {"round_trips": 2, "bytes_sent": 13, "bytes_received": 3}


def test_an_answer_may_be_an_error():
    with pytest.raises(BadEnvironment, match="no route"):
        FakeConnection([BadEnvironment("no route")]).run("true")


def test_a_question_without_an_answer_is_the_test_s_fault():
    with pytest.raises(IndexError, match="no answer to command 1: id"):
        FakeConnection([]).run("id")


def test_a_cut_line_lets_only_the_first_bytes_through(board, home):
    line = FakeConnection(board, cut={2: 3})
    line.run("true")
    with pytest.raises(BadEnvironment, match="dropped"):
        line.run("cat > got", stdin=b"abcdef")
    assert (home / "got").read_bytes() == b"abc"


def test_it_knows_whether_it_was_closed():
    with FakeConnection([]) as board:
        assert not board.closed
    assert board.closed
