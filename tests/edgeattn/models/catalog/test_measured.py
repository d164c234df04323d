from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from edgeattn.models.catalog import ZOO
from edgeattn.models.catalog.measured import (
    MEASURED,
    EngineFigures,
    Figures,
    figures_of,
    read_figures,
    write_figures,
)
from edgeattn_runtime.errors import BadEnvironment

FIGURES = Figures(
    accuracy=0.98, accuracy_interval=(0.97, 0.99), test_samples=545, checkpoint_sha256="ab" * 32,
    checkpoint_bytes=1_800_000, created="2026-11-21", cpu="Cortex-A76", cpu_class="arm64",
    engines={
        "onnxruntime": EngineFigures(int8_bytes=400, int8_ms=0.5, drop_interval_pp=(-0.7, 0.7)),
        "ai-edge-litert": EngineFigures(),
    },
)  # fmt: skip


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "measured.json"
    write_figures({"tiny": FIGURES, "other": replace(FIGURES, accuracy=0.5)}, path)
    read = read_figures(path)
    assert read["tiny"] == FIGURES
    assert read["other"].accuracy == 0.5
    assert read["tiny"].engines["ai-edge-litert"].int8_ms is None  # no file, no number


def test_what_nobody_measured_has_no_figures(tmp_path: Path) -> None:
    assert read_figures(tmp_path / "absent.json") == {}
    assert figures_of("a model that nobody measured") is None


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        '{"schema_version": 2, "models": {}}',
        '{"schema_version": 1, "models": {"tiny": {}}}',
        '{"schema_version": 1, "models": {"tiny": {"engines": {}, "nonsense": 1}}}',
    ],
    ids=["half", "a list", "no schema", "another schema", "no figures", "unknown"],
)
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, content: str) -> None:
    path = tmp_path / "measured.json"
    path.write_text(content)
    with pytest.raises(BadEnvironment, match=r"measured\.json.*install edgeattn again"):
        read_figures(path)


def test_the_package_has_figures_of_models_of_the_zoo() -> None:
    found = read_figures(MEASURED)
    assert set(found) <= set(ZOO)
    for one in found.values():
        low, high = one.accuracy_interval
        assert 0 <= low <= one.accuracy <= high <= 1


@pytest.mark.parametrize("name", sorted(read_figures(MEASURED)))
def test_figures_of_these_weights_agree_with_the_catalog(name: str) -> None:
    entry, figures = ZOO[name], read_figures(MEASURED)[name]
    if entry.checkpoint is None:
        assert figures.checkpoint_bytes > 0  # trained elsewhere: nothing here to compare with
        return
    content = entry.checkpoint_path().read_bytes()
    if hashlib.sha256(content).hexdigest() == figures.checkpoint_sha256:
        assert figures.checkpoint_bytes == len(content)
        assert entry.accuracy == pytest.approx(figures.accuracy, abs=0.5 / figures.test_samples)


def test_the_file_is_plain_json_with_a_schema() -> None:
    assert json.loads(MEASURED.read_text(encoding="utf-8"))["schema_version"] == 1
