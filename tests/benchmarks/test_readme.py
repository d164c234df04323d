"""The README's table is what was measured, not what somebody typed."""

from __future__ import annotations

import json

from benchmarks.readme import MEASURED, README, with_table


def test_the_readme_holds_the_table_that_was_measured() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_table(readme, json.loads(MEASURED.read_text(encoding="utf-8"))) == readme


def test_another_measurement_would_change_it() -> None:
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    measured["rows"][0]["speedup_over_fastest_fp32"] += 1
    readme = README.read_text(encoding="utf-8")
    assert with_table(readme, measured) != readme
