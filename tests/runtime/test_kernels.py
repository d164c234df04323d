from __future__ import annotations

import os
import sys
import types
from pathlib import Path

import pytest

from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.kernels import (
    OPERATOR,
    Kernels,
    installed_kernels,
    kernels_for,
    without_kernels,
)

LIBRARY = Path("libedgeattn_kernels.so")


@pytest.fixture
def package(monkeypatch):
    """A package edgeattn_kernels that answers as the real one does."""
    fake = types.ModuleType("edgeattn_kernels")
    fake.library = lambda: LIBRARY
    fake.version = lambda: "1.2.3"
    fake.instruction_set = lambda: "portable"
    fake.__spec__ = types.SimpleNamespace(name="edgeattn_kernels")
    monkeypatch.setitem(sys.modules, "edgeattn_kernels", fake)
    monkeypatch.delenv("EDGEATTN_KERNELS", raising=False)
    return fake


def test_an_installed_library_is_found_and_named(package):
    found = installed_kernels()
    assert found == Kernels(LIBRARY, "1.2.3", "portable")
    assert str(found) == "edgeattn-kernels 1.2.3 (portable)"


def test_without_the_library_there_is_none(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert installed_kernels() is None
    assert kernels_for(OPERATOR) is None


def test_it_can_be_switched_off(package, monkeypatch):
    monkeypatch.setenv("EDGEATTN_KERNELS", "off")
    assert installed_kernels() is None


@pytest.mark.parametrize("error", [OSError("wrong ELF class"), ImportError("no")])
def test_a_library_of_another_machine_is_left_alone(package, monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setattr(package, "library", fail)
    assert installed_kernels() is None


def test_a_package_of_another_version_is_left_alone(package, monkeypatch):
    monkeypatch.delattr(package, "instruction_set")
    assert installed_kernels() is None


def test_only_a_file_that_calls_it_gets_the_library(package, tmp_path):
    calls, other = tmp_path / "fused.onnx", tmp_path / "plain.onnx"
    calls.write_bytes(b"\x00" * 5000 + OPERATOR + b"\x00")
    other.write_bytes(b"\x00" * 5000)
    assert kernels_for(calls) is not None
    assert kernels_for(other) is None
    assert kernels_for(calls.read_bytes()) is not None
    assert kernels_for(other.read_bytes()) is None


def test_an_instruction_set_that_is_not_to_be_had_is_what_was_typed_wrong(package, monkeypatch):
    def refuse():
        raise ValueError("edgeattn-kernels refused: there are portable, avx2; it is 'avx3'")

    monkeypatch.setattr(package, "instruction_set", refuse)
    with pytest.raises(BadUsage, match=r"there are portable, avx2; .*=off leaves the library out"):
        installed_kernels()
    with pytest.raises(BadUsage):
        kernels_for(OPERATOR)


def test_the_library_is_switched_off_for_a_while(monkeypatch):
    monkeypatch.setenv("EDGEATTN_KERNELS", "portable")
    with without_kernels():
        assert installed_kernels() is None
    assert os.environ["EDGEATTN_KERNELS"] == "portable"
    monkeypatch.delenv("EDGEATTN_KERNELS")
    with pytest.raises(ValueError, match="broken"), without_kernels():
        raise ValueError("broken")
    assert "EDGEATTN_KERNELS" not in os.environ
