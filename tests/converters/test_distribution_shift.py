"""Samples of one kind raise no warning; samples of another one say how far away they are."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.distribution_shift import Shift, measure_shift
from edgeattn_converters.evidence import samples_of
from tests.converters.programs import MODELS, rewritten
from tests.converters.quantised import program_of


def photos(count: int, seed: int) -> dict[str, np.ndarray]:
    """Return images of three colours with means of their own, [count, 3, 16, 16]."""
    random = np.random.default_rng(seed)
    colour = random.normal(0.5, 0.1, (count, 3, 1, 1))
    return {"x": (colour + random.normal(0, 0.1, (count, 3, 16, 16))).astype(np.float32)}


def shift_of(calibration: dict[str, np.ndarray], evaluation: dict[str, np.ndarray]) -> Shift:
    program = rewritten("hybrid")
    ranges = calibrate(program, samples_of(program, calibration))
    return measure_shift(program, ranges, calibration, evaluation)


def changed(change, count: int = 16) -> Shift:
    return shift_of(photos(count, 0), {"x": change(photos(count, 1)["x"]).astype(np.float32)})


@pytest.mark.parametrize("count", [1, 2, 8, 40])
@pytest.mark.parametrize("seed", range(1, 6))
def test_samples_of_one_kind_raise_no_warning(count, seed):
    assert shift_of(photos(count, 0), photos(16, seed)).warning is None


def test_a_shifted_mean_is_measured_in_standard_deviations():
    # Pixels have a standard deviation of 0.1 * sqrt(2), all of them are 0.5 brighter.
    found = changed(lambda x: x + 0.5)
    assert found.input == "x"
    assert found.mean_distance == pytest.approx(0.5 / (0.1 * math.sqrt(2)), rel=0.3)
    said = f"mean off by {found.mean_distance:.1f} standard deviations in input x"
    assert said in found.warning


def test_one_colour_of_three_is_enough():
    def redder(x):
        x[:, 0] += 0.5
        return x

    assert "mean off by" in changed(redder).warning


@pytest.mark.parametrize(
    ("factor", "said"), [(4.0, "values spread 4.0 times wider"), (0.2, "5.0 times narrower")]
)
def test_another_scale_is_named(factor, said):
    random = np.random.default_rng(0)
    x = {"x": random.normal(0, 1, (16, 3, 16, 16)).astype(np.float32)}
    found = shift_of(x, {"x": x["x"][::-1] * np.float32(factor)})
    assert said in found.warning
    assert "mean off" not in found.warning


def test_pixels_of_255_are_outside_of_what_was_calibrated():
    found = changed(lambda x: x * 255)
    assert found.outside > 0.5
    assert f"{found.outside:.1%} of values outside the calibrated range (most in " in found.warning
    assert found.warning.startswith("calibration data differs from the evaluation data: ")
    assert "calibrate with samples like those the model will see" in found.warning


def test_clipped_ranges_count_from_the_extremes():
    from edgeattn_converters.range_method import RangeMethod

    program, x = rewritten("hybrid"), photos(16, 0)
    method = RangeMethod("percentile", 90)
    ranges = calibrate(program, samples_of(program, x), method=method)
    assert measure_shift(program, ranges, x, x).outside == 0


def test_token_ids_have_no_mean_but_their_tensors_have_a_range():
    program, inputs = rewritten("bert, boolean mask"), MODELS["bert, boolean mask"]()[1]
    same = {port.name: x.numpy() for port, x in zip(program.inputs, inputs, strict=True)}
    ranges = calibrate(program, samples_of(program, same))
    other = {**same, "input_ids": (same["input_ids"] + 13) % 30}
    found = measure_shift(program, ranges, same, other)
    assert (found.input, found.mean_distance) == (None, 0.0)
    assert found.outside > 0
    assert measure_shift(program, ranges, same, same).warning is None


@pytest.mark.parametrize("value", [0.0, 0.3, -1e6])
def test_data_that_is_all_equal_is_like_itself(value):
    flat = {"x": np.full((4, 3, 16, 16), value, np.float32)}
    assert shift_of(flat, flat) == Shift("x", 0.0, 1.0, 0.0, pytest.approx(0, abs=0.1), None)


def test_data_that_was_constant_and_now_varies_is_said():
    flat = {"x": np.full((8, 3, 16, 16), 0.5, np.float32)}
    found = shift_of(flat, photos(8, 1))
    assert found.mean_distance == math.inf
    assert "a channel of input x that never varied in calibration does" in found.warning
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["mean_distance"] is None


@pytest.mark.parametrize(("share", "distance"), [(0.03, 0.0), (0.2, math.inf)])
def test_a_mask_that_only_the_longest_sentences_reach_is_chance(share, distance):
    program = program_of(lambda x: x * 2, torch.ones(1, 4))
    calibration, evaluation = np.ones((2, 100, 4), np.float32)
    calibration[:, 3] = 0
    evaluation[:, 3] = np.arange(100) < 100 * share
    ranges = calibrate(program, samples_of(program, {"x": calibration}))
    found = measure_shift(program, ranges, {"x": calibration}, {"x": evaluation})
    assert found.mean_distance == pytest.approx(distance, abs=0.04)  # the share itself


def test_data_that_varied_and_now_is_constant_is_said():
    found = shift_of(photos(8, 0), {"x": np.full((8, 3, 16, 16), 0.5, np.float32)})
    assert "times narrower" in found.warning


def test_tables_and_single_numbers_are_compared_by_column():
    program = program_of(lambda x: x * 2, torch.ones(1, 4))
    random = np.random.default_rng(0)
    x = {"x": random.normal(0, 1, (64, 4)).astype(np.float32)}
    ranges = calibrate(program, samples_of(program, x))
    other = {"x": x["x"] + np.array([0, 0, 3, 0], np.float32)}
    found = measure_shift(program, ranges, x, other)
    assert found.mean_distance == pytest.approx(3, rel=0.3)
    assert measure_shift(program, ranges, x, x).warning is None


def test_raw_audio_is_one_channel_however_short_the_word():
    program = program_of(lambda x: x * 2, torch.ones(1, 2000))
    random = np.random.default_rng(0)

    def words(longest: int) -> dict[str, np.ndarray]:
        x = random.normal(0, 0.1, (16, 2000)).astype(np.float32)
        for row in x:
            row[random.integers(longest // 2, longest) :] = 0  # silence behind a word
        return {"x": x}

    short = words(1000)
    ranges = calibrate(program, samples_of(program, short))
    # the end varies here and never there; as columns of a table these would be infinitely far
    found = measure_shift(program, ranges, short, words(1200))
    assert found.mean_distance < 0.1
    assert found.spread == pytest.approx(1.1, abs=0.2)


def test_what_was_measured_can_be_written_down():
    facts = changed(lambda x: x + 0.5).to_json()
    assert facts["warning"].startswith("calibration data differs")
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
