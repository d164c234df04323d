"""The table against the devices people have."""

import pytest

from edgeattn.deploy.wheels import (
    ENGINE_WHEELS,
    architecture_of,
    brings,
    numbers,
    numpy_for,
    refusal,
    wheel_for,
)
from edgeattn_runtime.session import ENGINES
from tests.edgeattn.deploy.facts import board, python


def newest(engine, version, glibc=(2, 36), machine="aarch64", bits=64):
    one = python((*version, 1), glibc=glibc, bits=bits)
    wheel = wheel_for(engine, board(one, machine=machine), one)
    return None if wheel is None else wheel.version


@pytest.mark.parametrize(
    ("version", "glibc", "onnxruntime", "litert", "tflite"),
    [
        ((3, 8), (2, 31), "1.19.2", None, "2.13.0"),  # JetPack 5
        ((3, 9), (2, 31), "1.19.2", "2.1.0", "2.13.0"),  # Raspberry Pi OS 11
        ((3, 10), (2, 35), "1.23.2", "2.3.0", "2.14.0"),  # JetPack 6
        ((3, 11), (2, 36), "1.31.1", "2.3.0", "2.14.0"),  # Raspberry Pi OS 12
        ((3, 12), (2, 39), "1.31.1", "2.3.0", None),  # Ubuntu 24.04
        ((3, 13), (2, 41), "1.31.1", "2.3.0", None),  # Raspberry Pi OS 13
        ((3, 11), (2, 17), None, None, None),
        ((3, 15), (2, 41), None, None, None),
    ],
)
def test_the_newest_wheel_of_each_64_bit_system(version, glibc, onnxruntime, litert, tflite):
    assert newest("onnxruntime", version, glibc) == onnxruntime
    assert newest("ai-edge-litert", version, glibc) == litert
    assert newest("tflite-runtime", version, glibc) == tflite


@pytest.mark.parametrize("machine", ["armv7l", "aarch64", "armv8l"])
def test_a_32_bit_python_counts_as_armv7_whatever_the_kernel_says(machine):
    one = python(bits=32)
    assert architecture_of(board(one, machine=machine), one) == "armv7l"
    assert newest("tflite-runtime", (3, 11), machine=machine, bits=32) == "2.14.0"
    assert newest("onnxruntime", (3, 11), machine=machine, bits=32) is None


def test_other_names_of_the_architectures_are_known():
    assert architecture_of(board(machine="arm64"), python()) == "aarch64"
    assert architecture_of(board(machine="amd64"), python()) == "x86_64"


def test_numpy_fits_the_python_and_the_engine():
    assert numpy_for("onnxruntime", python((3, 12, 1)), "aarch64") == "2.5.5"
    assert numpy_for("tflite-runtime", python((3, 11, 1)), "aarch64") == "1.26.4"
    assert numpy_for("tflite-runtime", python((3, 11, 1)), "armv7l") is None


@pytest.mark.parametrize(
    ("engine", "version", "numpy", "answer"),
    [
        ("onnxruntime", "1.18.0", "1.26.0", True),
        ("onnxruntime", "1.18.0+jetson", "2.1.0", True),
        ("onnxruntime", "0", "1.26.0", True),  # a vendor's build without metadata
        ("onnxruntime", "1.10.0", "1.26.0", False),
        ("onnxruntime", "1.18.0", None, False),
        ("tflite-runtime", "2.14.0", "1.24.2", True),
        ("tflite-runtime", "2.14.0", "2.0.0", False),
    ],
)
def test_a_board_s_own_engine_must_be_new_enough_and_have_its_numpy(engine, version, numpy, answer):
    assert brings(engine, python(engines={engine: version}, numpy=numpy)) is answer


def test_an_engine_that_is_not_there_is_not_brought():
    assert not brings("onnxruntime", python(numpy="1.26.0"))


@pytest.mark.parametrize(
    ("engine", "one", "machine", "sentence"),
    [
        ("onnxruntime", python(bits=32), "armv7l", "a 64-bit system on the same board has them"),
        ("onnxruntime", python(), "riscv64", "onnxruntime has no wheel for riscv64, only for"),
        ("ai-edge-litert", python((3, 8, 10)), "aarch64", "for Python 3.9 to 3.14 on aarch64"),
        (
            "ai-edge-litert",
            python(glibc=(2, 19)),
            "aarch64",
            "needs glibc 2.27, the board has 2.19",
        ),
        ("ai-edge-litert", python(glibc=None), "aarch64", "needs the GNU C library"),
    ],
)
def test_a_refusal_says_what_would_do(engine, one, machine, sentence):
    facts = board(one, machine=machine)
    assert wheel_for(engine, facts, one) is None
    assert sentence in refusal(engine, facts, one)


def test_versions_are_compared_as_numbers():
    assert numbers("1.18.0+jetson") == (1, 18, 0)
    assert numbers("nonsense") == (0,)


def test_the_table_holds_only_engines_that_the_runtime_knows():
    assert {wheel.engine for wheel in ENGINE_WHEELS} == set(ENGINES)
    for wheel in ENGINE_WHEELS:
        assert (3, 8) <= wheel.oldest <= wheel.newest
