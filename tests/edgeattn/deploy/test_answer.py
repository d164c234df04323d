import pytest

from edgeattn.deploy.answer import SENTENCES, answer_of
from edgeattn.deploy.connection import Completed
from edgeattn_runtime.errors import BadEnvironment


def answer(stdout, code=0, stderr=b""):
    return answer_of(Completed(code, stdout, stderr), "pi@board", "/home/pi/.edgeattn")


def test_the_last_json_line_is_the_answer():
    assert answer(b'Hello!\n{"release": "/a"}\n') == {"release": "/a"}


@pytest.mark.parametrize("kind", SENTENCES)
def test_each_fault_on_the_board_is_one_sentence(kind):
    with pytest.raises(BadEnvironment) as fault:
        answer(f'{{"error": "{kind}", "detail": "7"}}'.encode(), code=3)
    assert "pi@board" in str(fault.value)
    assert "{" not in str(fault.value)


def test_a_full_disk_says_what_to_do():
    with pytest.raises(BadEnvironment, match=r"disk of pi@board is full at /home.*free some"):
        answer(b'{"error": "disk-full", "detail": ""}', code=3)


@pytest.mark.parametrize("stdout", [b"", b"{", b"[1]", b"{" * 100_000])
def test_no_answer_is_one_sentence(stdout):
    with pytest.raises(BadEnvironment, match="exit code 137 and no answer: Killed"):
        answer(stdout, 137, b"Killed\n")


def test_an_answer_of_a_program_that_failed_is_no_answer():
    with pytest.raises(BadEnvironment, match="exit code 5: no"):
        answer(b"{}", 5, b"no\n")


def test_details_cannot_steer_a_terminal():
    with pytest.raises(BadEnvironment) as fault:
        answer(b'{"error": "failed", "detail": "\\u001b[31mred"}', code=3)
    assert "\x1b" not in str(fault.value)
