"""The comparison of range methods and roundings, on a model of one page."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from benchmarks import calibration
from benchmarks.calibration import METHODS, VARIANTS, Subject
from edgeattn_converters.distribution_shift import Shift
from tests.converters.programs import rewritten
from tests.converters.quantised import noise


@pytest.fixture(scope="module")
def one() -> Subject:
    program = rewritten("hybrid")
    (x,) = zip(*noise(program, 4), strict=True)
    (unseen,) = zip(*noise(program, 2, seed=1), strict=True)
    name = program.inputs[0].name
    rows = [{name: torch.cat(side).numpy()} for side in (x, unseen)]
    return Subject(program, *rows)


def test_every_method_is_judged_in_every_variant(one, monkeypatch) -> None:
    monkeypatch.setattr(calibration, "METHODS", METHODS[:2])
    found = dict(calibration.compare_methods(one))
    assert list(found) == ["minmax", "percentile 99.99"]
    for values in found.values():
        assert len(values) == len(VARIANTS)
        assert all(10 < value < 80 for value in values)


def test_weights_of_other_widths_give_other_decibels(one, monkeypatch) -> None:
    monkeypatch.setattr(calibration, "LEVELS", {7: "4-bit weights"})
    ((title, (nearest, gptq)),) = calibration.compare_rounding(one)
    assert title == "4-bit weights"
    assert nearest != gptq
    assert min(nearest, gptq) > 5


def test_only_spoilt_samples_are_warned_of(one) -> None:
    found = {title: shift.warning for title, shift in calibration.shifts(one)}
    assert found.pop("unseen samples") is None
    assert found["x 255"] is not None


def test_the_page_has_a_row_for_everything_that_was_found() -> None:
    shift = Shift("x", 1.5, 2.0, 0.125, 0.0, "x")
    found = {
        "tiny": {
            "methods": {"minmax": [30.0, 31.0]},
            "rounding": {"8-bit weights": [32.0, 33.0]},
            "shift": {"x 255": shift.to_json()},
        }
    }
    page = calibration.page(found, samples=8)
    text = "\n".join(table.markdown() for table in page.tables)
    assert "| tiny | minmax | 30.0 dB | 31.0 dB |" in text
    assert "| tiny | 8-bit weights | 32.0 dB | 33.0 dB |" in text
    assert "| tiny | x 255 | 1.50 sd | 2.00x | 12.500% | yes |" in text
    assert page.lead.startswith("How much")
    assert "8 samples" in page.lead
    assert dataclasses.asdict(page)["data"] == {"models": found}
