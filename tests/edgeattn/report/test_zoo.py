from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgeattn.models.catalog import ZOO, ZooEntry
from edgeattn.models.catalog.measured import EngineFigures, Figures
from edgeattn.report.zoo import Row, card_text, training, zoo_text


def entry(**changes: Any) -> ZooEntry:
    facts: dict[str, Any] = {
        "summary": "A transformer over log-mel frames: spoken digits, raw audio in, one second.",
        "build": lambda: None, "dataset": "fsdd", "preprocessing": (), "input_shape": (1, 8000),
        "checkpoint": "keyword.pt", "accuracy": 0.5, "params": 123_456, "macs": 7_000_000,
    }  # fmt: skip
    return ZooEntry(**(facts | changes))


FIGURES = Figures(
    accuracy=0.99, accuracy_interval=(0.971, 0.9966), test_samples=300, checkpoint_sha256="",
    checkpoint_bytes=500_000, created="2026-11-21", cpu="Cortex-A76", cpu_class="arm64",
    engines={
        "onnxruntime": EngineFigures(
            fp32_bytes=500_000, int8_bytes=140_000, fp32_ms=1.0, int8_ms=0.5, speedup=2.0,
            accuracy=0.987, drop_pp=0.33, drop_interval_pp=(-0.9, 1.9), top1_agreement=0.997,
            sqnr_db=35.0, recommended=True,
        ),
        "ai-edge-litert": EngineFigures(fp32_bytes=510_000, fp32_ms=0.8),
    },
)  # fmt: skip
ROWS = [
    Row("keyword-transformer", entry(), FIGURES),
    Row("keyword-gru", entry(baseline_for="keyword-transformer", checkpoint=None), None),
]


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = zoo_text(ROWS, width).splitlines()
    assert max(map(len, lines)) <= width
    assert [line.split()[0] for line in lines[1:3]] == ["keyword-transformer", "keyword-gru"]


def test_a_wide_terminal_shows_more_columns_than_a_narrow_one() -> None:
    heads = {width: zoo_text(ROWS, width).splitlines()[0].split() for width in (60, 80, 120)}
    assert heads[120][:3] == ["Model", "Data", "set"]
    assert heads[120].count("speed") == 2
    assert heads[80] == ["Model", "Accuracy", "Params", "MACs", "int8", "ORT", "LiteRT"]
    assert heads[60] == ["Model", "Accuracy", "Params", "MACs", "int8"]


def test_measured_accuracy_comes_before_the_catalogs() -> None:
    first, second = zoo_text(ROWS, 120).splitlines()[1:3]
    assert "99.0" in first
    assert "50.0" in second


def test_baselines_are_marked_and_what_was_not_measured_is_a_dash() -> None:
    text = zoo_text(ROWS, 120)
    assert "keyword-gru *" in text
    assert "* a baseline" in text
    assert "not measured" not in text
    assert zoo_text(ROWS, 120).splitlines()[2].split()[-4:] == ["-"] * 4
    assert "*" not in zoo_text(ROWS[:1], 120)


def test_the_text_says_on_which_machine_and_when() -> None:
    assert "Measured on Cortex-A76 (arm64), 2026-11-21." in zoo_text(ROWS, 120).splitlines()


def test_a_card_has_the_figures_of_each_engine_and_the_commands() -> None:
    text = card_text(ROWS[0], 100).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "99.0 % of 300 test samples (95 % interval 97.1 % to 99.7 %)" in text
    line = next(line for line in text.splitlines() if line.startswith("ONNX Runtime"))
    assert line.split()[2:] == [
        "140", "kB", "500", "kB", "0.500", "ms", "1.00", "ms", "2.00\N{MULTIPLICATION SIGN}",
        "98.7", "%", "+0.33", "pp", "99.7", "%",
    ]  # fmt: skip
    litert = next(line for line in text.splitlines() if line.startswith("LiteRT"))
    assert litert.split()[1] == "-"
    assert text.splitlines()[-2:] == [
        "edgeattn train keyword-transformer --data fsdd --seed 0 --out out/keyword-transformer",
        "edgeattn convert keyword-transformer --out bundle",
    ]


def test_a_model_that_was_taught_names_its_teachers_weights() -> None:
    command = training(Row("pupil", entry(teacher="gesture-hybrid"), None))
    _, teacher, rest = command.partition("--teacher ")
    assert teacher
    assert Path(rest.split()[0]).is_file()
    assert entry().teacher is None
    assert "--teacher" not in training(ROWS[0])


def test_the_page_about_the_zoo_names_every_model_and_the_data_it_is_trained_on() -> None:
    text = (Path(__file__).parents[3] / "docs" / "zoo.md").read_text(encoding="utf-8")
    for name, one in ZOO.items():
        assert f"`{name}`" in text
        assert f"--data {one.dataset}" in text


def test_a_card_without_weights_says_how_to_make_them() -> None:
    text = card_text(ROWS[1], 100)
    assert "not shipped; `edgeattn train` makes them" in text
    assert "keyword-transformer" in text  # what it is the baseline for
    assert text.endswith("edgeattn convert out/keyword-gru/keyword-gru.pt --out bundle")
