from __future__ import annotations

import json
from dataclasses import replace

from benchmarks.zoo_page import FILES, MODELS, page, readme_table, verdict
from benchmarks.zoo_row import EngineRow
from tests.benchmarks.zoo_rows import ENGINE, row

FAILED = EngineRow(
    engine="ai-edge-litert", exit_code=1, reason="TFLite has no counterpart for aten.cumsum"
)
BASELINE = row(
    name="gesture-cnn", baseline_for="gesture-hybrid", shipped=False,
    engines=(replace(ENGINE, recommended="fp32", reason="is the fastest: 1.000 ms"), FAILED),
)  # fmt: skip


def test_every_table_has_a_line_for_each_model() -> None:
    made = page([row(), BASELINE], {"gesture-vit": "no weights here"})
    assert [table.title for table in made.tables] == [
        "Models", "ONNX Runtime", "LiteRT", "Not measured"
    ]  # fmt: skip
    models, onnx, litert, missing = made.tables
    assert models.head == MODELS
    assert [line[0] for line in models.rows] == ["gesture-hybrid", "gesture-cnn *"]
    assert models.rows[0][4:8] == ("1.79 MB", "98.50%", "95.68% to 99.49%", "197 of 200")
    assert models.rows[1][4] == "1.79 MB, made by recipe"
    assert onnx.head == litert.head == FILES
    assert onnx.rows[0] == (
        "gesture-hybrid", "0", "int8", "int8-core", "holds", "35.0 dB", "98.00%",
        "0.50 (-0.40 to 1.40)", "0.25 (-0.50 to 0.99)", "99.50%", "99.75% of 400",
        "2.00x (1.90 to 2.10)", "1.000 / 0.500", "0.40 / 0.10", "90%", "reached",
    )  # fmt: skip
    assert litert.rows[1][:4] == ("gesture-cnn *", "1", "-", "-")
    assert litert.rows[1][-1] == "**no int8 file**"
    assert "no counterpart for aten.cumsum" in litert.note
    assert onnx.note == "gesture-cnn: float is the fastest: 1.000 ms."
    assert missing.rows == (("gesture-vit", "no weights here"),)


def test_bars_count_every_int8_file_and_name_those_that_miss() -> None:
    found = {bar.what: bar for bar in page([row(), BASELINE], {}).bars}
    assert [bar.reached for bar in found.values()] == [False] * 3
    for bar in found.values():
        assert bar.found == "3 of 4; not gesture-cnn on LiteRT"
    assert all(bar.reached for bar in page([row()], {}).bars)
    assert not any(bar.reached for bar in page([], {}).bars)  # nothing was shown of anything


def test_a_verdict_says_what_is_missed() -> None:
    assert verdict(ENGINE) == "reached"
    lossy = replace(ENGINE, top1_agreement=0.9, held_back_interval_pp=(0.0, 3.0))
    assert verdict(lossy) == "**missed: agreement, drop**"
    assert verdict(replace(ENGINE, parity=False)) == "**missed: parity**"


def test_what_disturbed_a_measurement_stands_beside_it() -> None:
    (line,) = page([row(disturbed=("other processes took 90% of core 1",))], {}).tables[0].rows
    assert line[-1].endswith("disturbed: other processes took 90% of core 1")


def test_the_readme_has_a_line_for_each_model() -> None:
    measured = {"command": "python -m benchmarks.zoo", **page([row(), BASELINE], {}).data}
    lines = readme_table(json.loads(json.dumps(measured))).splitlines()
    assert lines[2] == (
        "| gesture-hybrid | gestures | 437,866 | 98.50% (95.7% to 99.5%) | 2.00x, 99.50%, 0.10 MB "
        "| 2.00x, 99.50%, 0.10 MB | reached |"
    )
    assert lines[3] == (
        "| gesture-cnn * | gestures | 437,866 | 98.50% (95.7% to 99.5%) | 2.00x, 99.50%, 0.10 MB, "
        "float recommended | - | LiteRT: no int8 file |"
    )
    assert "Cortex-A76 (arm64), 2026-11-21" in lines[-1]
    assert lines[-1].endswith("(docs/measurements/zoo.md).")


def test_the_readme_says_when_the_machine_was_busy() -> None:
    busy = page([row(disturbed=("other processes took 90% of core 1",))], {}).data
    text = readme_table({"command": "python -m benchmarks.zoo", **json.loads(json.dumps(busy))})
    assert text.endswith(
        "Other programs ran meanwhile, which ratios bear better than milliseconds."
    )
