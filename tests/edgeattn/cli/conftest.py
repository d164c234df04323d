import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from edgeattn.cli.main import main

REPORT = {
    "schema_version": 1,
    "model": {"name": "tiny"},
    "context": {"cpu": "Cortex-A76", "threads": 1},
    "candidates": [
        {
            "engine": "onnxruntime",
            "precision": "int8",
            "file": "model_int8.onnx",
            "latency_ms": {"p50": 2.0},
            "speedup_vs_fp32": 2.0,
        }
    ],
    "verdict": {"winner": "model_int8.onnx", "passed": True, "reason": "fastest", "gates": {}},
    "layers": [],
}


@dataclass
class FakeConversion:
    bundle: Path | None
    report: dict[str, Any]
    passed: bool
    warnings: tuple[str, ...] = ()


@dataclass
class FakeLibrary:
    """Stands for the library function behind a command: keeps what it was called with."""

    passed: bool = True
    bundle: Path | None = Path("bundle")
    fault: BaseException | None = None
    warnings: tuple[str, ...] = ()
    words: tuple[Any, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def __call__(self, *words: Any, **settings: Any) -> FakeConversion:
        self.words, self.settings = words, settings
        if self.fault is not None:
            raise self.fault
        return FakeConversion(self.bundle, REPORT, self.passed, self.warnings)


@pytest.fixture
def library(monkeypatch):
    """Put a fake in the place of edgeattn.conversion.convert and edgeattn.quickstart.quickstart."""
    fake = FakeLibrary()
    for name in ("conversion", "quickstart"):
        module = ModuleType(f"edgeattn.{name}")
        module.convert = module.quickstart = fake
        monkeypatch.setitem(sys.modules, f"edgeattn.{name}", module)
    return fake


@pytest.fixture
def edgeattn():
    """Run `edgeattn` inside this process."""

    def run(*words: Any):
        return CliRunner().invoke(main, [str(word) for word in words])

    return run


@pytest.fixture
def run_file(tmp_path):
    """Write a report.json, changed by what is given, and return its path."""

    def write(name="report.json", **parts):
        path = tmp_path / name
        path.write_text(json.dumps({**REPORT, **parts}))
        return path

    return write
