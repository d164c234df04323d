"""Release wheels, as far as no compiler is needed; tests/boards builds them and reads them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "runtime" / "kernels" / "release.py"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_missing_tool_is_named(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "NEEDED", ("json", "no_such_tool"))
    with pytest.raises(script.CannotRelease, match=r"`pip install no_such_tool` first"):
        script.main([])


@pytest.mark.parametrize("tag", ["manylinux_2_34_x86_64", "linux_x86_64", "manylinux_2_17_aarch64"])
def test_a_wheel_that_needs_more_than_its_tag_allows_is_not_kept(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tag: str
) -> None:
    def build(machine: str, scratch: Path) -> Path:
        (scratch / "one.whl").touch()
        return scratch / "one.whl"

    monkeypatch.setattr(script, "build", build)
    monkeypatch.setattr(script, "run", lambda *said: json.dumps({"overall_tag": tag}))
    with pytest.raises(script.CannotRelease, match=rf"is no manylinux_2_17_x86_64 but {tag}"):
        script.release("x86_64", tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_a_wheel_that_holds_its_tag_is_kept(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def build(machine: str, scratch: Path) -> Path:
        (scratch / "one.whl").touch()
        return scratch / "one.whl"

    monkeypatch.setattr(script, "build", build)
    said = json.dumps({"overall_tag": "manylinux_2_17_aarch64"})
    monkeypatch.setattr(script, "run", lambda *words: said)
    kept = script.release("aarch64", tmp_path / "dist")
    assert kept == tmp_path / "dist" / "one.whl"
    assert kept.is_file()


def test_what_a_tool_says_is_in_the_error(script: ModuleType) -> None:
    with pytest.raises(script.CannotRelease, match=r"(?s)json\.tool failed: .*nonexistent"):
        script.run(["json.tool", "/nonexistent"], {})
