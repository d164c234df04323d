"""The README's table is what was measured, not what somebody typed."""

from __future__ import annotations

import json

from benchmarks.readme import MEASURED, README, ZOO, with_table, with_zoo
from benchmarks.zoo_row import ModelRow
from edgeattn.models.catalog.measured import MEASURED as MEASURED_ZOO
from edgeattn.models.catalog.measured import read_figures


def test_the_readme_holds_the_table_that_was_measured() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_table(readme, json.loads(MEASURED.read_text(encoding="utf-8"))) == readme


def test_another_measurement_would_change_it() -> None:
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    measured["rows"][0]["speedup_over_fastest_fp32"] += 1
    readme = README.read_text(encoding="utf-8")
    assert with_table(readme, measured) != readme


def test_the_readme_holds_the_table_of_the_zoo_that_was_measured() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_zoo(readme, json.loads(ZOO.read_text(encoding="utf-8"))) == readme


def test_another_zoo_would_change_it() -> None:
    measured = json.loads(ZOO.read_text(encoding="utf-8"))
    measured["models"][0]["params"] += 1
    readme = README.read_text(encoding="utf-8")
    assert with_zoo(readme, measured) != readme


def test_the_package_tells_the_same_figures_as_the_page() -> None:
    rows = map(ModelRow.from_json, json.loads(ZOO.read_text(encoding="utf-8"))["models"])
    assert read_figures(MEASURED_ZOO) == {
        row.name: found for row in rows if (found := row.figures())
    }
