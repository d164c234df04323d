import copy

import pytest

from edgeattn.deploy.board import BoardFacts, Interpreter
from edgeattn_runtime.errors import BadEnvironment
from tests.edgeattn.deploy.facts import board, python

PYTHON = {
    "path": "/usr/bin/python3", "version": [3, 11, 2], "bits": 64, "libc": ["glibc", "2.36"],
    "numpy": "1.24.2", "engines": {"onnxruntime": "1.18.0"}, "has_pip": True, "has_venv": False,
}  # fmt: skip
DIGEST = "ab" * 32
BOARD = {
    "model": "Raspberry Pi 5 Model B Rev 1.0", "machine": "aarch64", "system": "Linux 6.12",
    "distribution": "Debian GNU/Linux 12 (bookworm)", "cores": 4,
    "cpu": {"name": None, "features": ["asimd", "asimddp"], "parts": [0xD0B] * 4,
            "clocks_khz": [2400000, None, 2400000, 2400000]},
    "memory_bytes": 8 << 30, "governor": "ondemand", "jetson": None, "clock": 12.5,
    "folder": "/home/pi/.edgeattn", "writable": True, "free_bytes": 1 << 30,
    "inventory": {
        "ours": True, "empty": False, "engines": ["ai-edge-litert-2.3.0-cp311-abc"],
        "incoming": {DIGEST + ".part": 70_000, "../../etc/passwd": 3, "short": 1},
        "bundles": {
            "tiny": {
                "release": "tiny-0123456789ab-1",
                "deployed": {"release_id": "0123456789ab", "files": {"a": DIGEST},
                             "python": "/usr/bin/python3", "run_as": "onnxruntime"},
                "found": {"a": DIGEST},
            },
            "broken": {"release": "../../etc", "deployed": {}, "found": {}},
        },
    },
}  # fmt: skip


def read(**changes):
    facts = copy.deepcopy(BOARD)
    facts.update(changes)
    return BoardFacts.from_json(facts, [Interpreter.from_json(PYTHON)])


def test_facts_are_read():
    facts = read()
    assert facts.description == "Raspberry Pi 5 Model B Rev 1.0 (aarch64, 4 cores)"
    assert facts.cpu_parts == (0xD0B,) * 4
    assert facts.clocks_khz == (2400000, None, 2400000, 2400000)
    assert facts.features == ("asimd", "asimddp")
    assert facts.pythons[0].glibc == (2, 36)
    assert facts.pythons[0].short == "3.11"


@pytest.mark.parametrize(
    "changes",
    [
        {"machine": None},
        {"machine": 7},
        {"clock": "now"},
        {"clock": True},
        {"cores": -1},
        {"cores": "4"},
        {"free_bytes": 1 << 70},
        {"folder": "relative"},
        {"folder": "/home/\x1b[31mpi"},
        {"cpu": []},
        {"cpu": {"name": None, "features": "all", "parts": [], "clocks_khz": []}},
        {"cpu": {"name": None, "features": [1], "parts": [], "clocks_khz": []}},
        {"cpu": {"name": None, "features": ["x"] * 5000, "parts": [], "clocks_khz": []}},
        {"inventory": None},
        {"inventory": {"bundles": [], "incoming": {}, "engines": []}},
    ],
)
def test_facts_that_cannot_be_are_one_sentence(changes):
    with pytest.raises(BadEnvironment, match="which cannot be") as fault:
        read(**changes)
    assert "\x1b" not in str(fault.value)
    assert len(str(fault.value)) < 300


@pytest.mark.parametrize(
    "changes",
    [{"path": "python3"}, {"version": "3.11"}, {"version": [3, "x"]}, {"libc": None}, {"bits": -1},
     {"engines": []}],
)  # fmt: skip
def test_an_interpreter_that_cannot_be_is_one_sentence(changes):
    with pytest.raises(BadEnvironment, match="which cannot be"):
        Interpreter.from_json({**PYTHON, **changes})


def test_what_could_steer_a_terminal_is_taken_out_of_names():
    assert read(model="Pi\x1b]0;x\x07 5").model == "Pi]0;x 5"


def test_a_c_library_that_is_not_glibc_is_told_apart():
    assert Interpreter.from_json({**PYTHON, "libc": ["", ""]}).glibc is None


def test_a_board_without_python_is_no_board():
    with pytest.raises(ValueError, match="without a Python"):
        board(pythons=())


def test_a_board_with_one_core_and_no_name_is_described():
    one = board(python(), model=None, cpu_name=None, cores=1)
    assert one.description == "a board (aarch64, 1 core)"
