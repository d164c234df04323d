"""Points lost, counted sample by sample."""

from __future__ import annotations

import numpy as np
import pytest

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
