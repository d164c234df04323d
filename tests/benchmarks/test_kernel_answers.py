"""Points lost, counted sample by sample."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import kernel_accuracy
from benchmarks.kernel_answers import Answers, Lost, Row


def answers(*right: float) -> Answers:
    shares = np.array(right)
    return Answers(shares, np.round(shares), 40.0)


BEFORE, AFTER = answers(1, 1, 0, 0.5), answers(1, 0.5, 0, 0.5)


def test_points_are_paired_by_sample() -> None:
    lost = Lost.of(BEFORE, AFTER)
    assert lost.pp == pytest.approx(12.5)
    assert lost.low < 0 < lost.pp < lost.high  # one sample of four proves nothing
    assert Lost.of(BEFORE, BEFORE) == Lost(0.0, 0.0, 0.0, 0)


def test_what_is_won_is_negative() -> None:
    assert Lost.of(AFTER, BEFORE).pp == pytest.approx(-12.5)


def test_samples_without_noise_are_counted_apart() -> None:
    assert Lost.of(answers(0.9, 0.8), answers(0.9, 0.2)).plain_samples == 1


def test_a_row_names_every_file_and_its_planes() -> None:
    row = Row("vit", "LiteRT", BEFORE, BEFORE, AFTER, BEFORE, (1.5, 4.2), (1, 2))
    assert row.cells()[:3] == ("vit", "LiteRT", "62.50%, 40.0 dB")
    assert row.cells()[-1] == "+1 of 4"
    assert row.plane_cells()[2:4] == ("1.5, 4.2", "1, 2")
    assert row.to_json()["lost"]["pp"] == pytest.approx(12.5)


def test_plain_counts_have_bars_of_their_own() -> None:
    before, after = answers(1, 1, 0, 1), answers(0.6, 0.4, 0, 1)
    row = Row("vit", "LiteRT", after, before, after, before, (1.5,), (1,))
    assert row.plain_pp == 25.0
    bars = {bar.what: bar for bar in kernel_accuracy.bars([row])}
    missed = bars["each sample asked once, one file with and without the library: the most"]
    assert not missed.reached
    assert missed.found == "25.00 (vit on LiteRT)"
    assert bars["each sample asked once, against the file with a float core: the most"].reached
