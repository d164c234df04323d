"""The page about models of text, from figures that were made up."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import intents
from benchmarks.intents import ENGINES, MODELS, Found, int8_files, page
from benchmarks.text_baseline import Row
from edgeattn.models.catalog import ZOO


def file(agreement: float = 0.99, highest: float = 0.5) -> dict[str, Any]:
    return {
        "recipe": "int8-float-core",
        "top1_agreement": agreement,
        "accuracy_drop_pp": 0.1,
        "accuracy_interval_pp": [-0.3, highest],
        "bytes": 2_000_000,
    }


FOUND = Found(
    name="intent-clinc150", data="clinc150", baseline_for=None, params=797_078, bytes=1_600_000,
    epochs=20, validation=0.93, right=920, tested=1000, svm=0.93,
    int8=dict.fromkeys(ENGINES, file()),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda package: "1.0")


def reached(one: Found) -> list[bool]:
    return [bar.reached for bar in page([one]).bars]


def test_a_model_a_point_behind_the_svm_reaches_every_bar() -> None:
    assert reached(FOUND) == [True, True, True, True]
    row = page([FOUND]).tables[0].rows[0]
    assert row[6:] == ("92.00%", "90.15% to 93.53%", "93.00%", "-1.00")


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({"params": 2_000_001}, 0),
        ({"right": 914}, 1),  # 1.6 points behind
        ({"int8": {ENGINES[0]: file(), ENGINES[1]: file(agreement=0.984)}}, 2),
        ({"int8": {ENGINES[0]: file(), ENGINES[1]: file(highest=1.0)}}, 3),
    ],
)
def test_each_bar_can_be_missed_alone(changes: dict[str, Any], missed: int) -> None:
    assert reached(replace(FOUND, **changes)) == [index != missed for index in range(4)]


@pytest.mark.parametrize("engines", [(), ENGINES[:1]])
def test_an_engine_without_an_int8_file_misses_both_of_its_bars(engines: tuple[str, ...]) -> None:
    found = replace(FOUND, int8=dict.fromkeys(engines, file()))
    assert reached(found) == [True, True, False, False]


def test_a_baseline_has_a_row_and_no_bars() -> None:
    made = page([replace(FOUND, name="intent-bag", baseline_for="intent-banking77")])
    assert made.bars == ()
    assert made.tables[0].rows[0][0] == "intent-bag, baseline of intent-banking77"
    assert len(made.tables[1].rows) == 2


def test_only_int8_candidates_that_lie_in_the_bundle_count() -> None:
    common = {**file(), "engine": ENGINES[0], "precision": "int8"}
    report = {
        "candidates": [
            {**common, "file": None, "top1_agreement": 0.1},
            {**common, "file": "model_fp32.onnx", "precision": "fp32", "top1_agreement": 1.0},
            {**common, "file": "model_int8.onnx"},
        ]
    }
    assert int8_files(report) == {ENGINES[0]: file()}


def test_every_model_of_text_is_measured() -> None:
    assert set(MODELS) == {name for name in ZOO if name.startswith("intent-")}


def test_an_svm_is_fitted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[str] = []

    def measure(data: str, features: str) -> Row:
        fitted.append(data)
        return Row(data, features, 10, 0.9, 0.95, 100)

    monkeypatch.setattr(intents, "measure", measure)
    assert [intents.svm_of("clinc150", tmp_path) for _ in range(2)] == [0.9, 0.9]
    monkeypatch.setattr("importlib.metadata.version", lambda package: "1.1")  # of scikit-learn
    assert intents.svm_of("clinc150", tmp_path) == 0.9
    assert fitted == ["clinc150", "clinc150"]


def test_a_bundle_is_made_again_for_newer_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def convert(model: str, *, out: Path, force: bool) -> None:
        made.append(model)
        out.mkdir(exist_ok=True)
        (out / "report.json").write_text(json.dumps({"made": len(made)}))

    monkeypatch.setattr(intents, "convert", convert)
    weights, bundle = tmp_path / "model.pt", tmp_path / "bundle"
    weights.write_bytes(b"")
    os.utime(weights, (1, 1))
    assert [intents.report_of(weights, bundle)["made"] for _ in range(2)] == [1, 1]
    os.utime(weights, (2**32, 2**32))
    assert intents.report_of(weights, bundle)["made"] == 2
