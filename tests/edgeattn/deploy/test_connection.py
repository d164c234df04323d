import pytest

from edgeattn.deploy.connection import Completed, fetch, last_line, send
from edgeattn_runtime.errors import BadEnvironment


def test_a_file_travels_there_and_back(board, home):
    content = bytes(range(256))
    send(board, "it's.bin", content)
    assert (home / "it's.bin").read_bytes() == content
    assert fetch(board, "it's.bin") == content
    assert [path.name for path in home.iterdir()] == ["it's.bin"]


def test_a_file_that_cannot_be_written_is_an_error(board):
    with pytest.raises(BadEnvironment, match="cannot write no/where on this machine"):
        send(board, "no/where", b"x")


def test_a_file_that_is_not_there_is_an_error(board):
    with pytest.raises(BadEnvironment, match="cannot read nothing on this machine"):
        fetch(board, "nothing")


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (b"", "it said nothing"),
        (b"\n \n", "it said nothing"),
        (b"one\ntwo\n\n", "two"),
        (b"\x1b]0;title\x07red", "]0;titlered"),
        (b"\xff\xfe", "\N{REPLACEMENT CHARACTER}" * 2),
        (b"x" * 5000, "x" * 300),
    ],
)
def test_a_last_line_is_fit_for_a_terminal(said, line):
    assert last_line(said).replace("\ufffd", "\N{REPLACEMENT CHARACTER}") in (line, "")


def test_text_that_is_no_utf_8_can_be_read():
    assert Completed(0, b"a\xffb").text == "a\ufffdb"
