from __future__ import annotations

import math

import numpy as np
import pytest

from edgeattn_runtime.accuracy import (
    agreement,
    evaluate,
    paired_drop,
    sqnr_db,
    top1,
)
from edgeattn_runtime.errors import BadData
from edgeattn_runtime.port import Port
from edgeattn_runtime.session import open_session


class Doubling:
    """A session of batch 3 that doubles its input; it remembers what it was fed."""

    inputs = (Port("x", (3, 2), "float32"),)
    outputs = (Port("y", (3, 2), "float32"),)
    engine = engine_version = provider_requested = provider_actual = "none"
    kernels = None

    def __init__(self):
        self.fed = []

    def run(self, inputs):
        assert inputs["x"].shape == (3, 2)
        self.fed.append(inputs["x"])
        return {"y": inputs["x"] * 2}


def pairs(lost: int, gained: int, total: int) -> tuple[np.ndarray, np.ndarray]:
    """Answers of a reference and a candidate with so many discordant pairs."""
    before, after = np.ones(total, bool), np.ones(total, bool)
    after[:lost] = False
    before[lost : lost + gained] = False
    return before, after


def test_top1_is_the_largest_logit():
    assert top1(np.array([[0.1, 0.9], [3.0, -1.0]])).tolist() == [1, 0]


def test_top1_averages_the_axes_between_batch_and_classes():
    tokens = np.array([[[0.0, 3.0], [5.0, 0.0]]])  # [1, 2 tokens, 2 classes]: means 2.5 and 1.5
    assert top1(tokens).tolist() == [0]


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_top1_refuses_outputs_without_classes(shape):
    with pytest.raises(BadData, match="hold no classes"):
        top1(np.zeros(shape))


def test_top1_refuses_numbers_that_are_not_finite():
    with pytest.raises(BadData, match="1 of 4 outputs are not finite"):
        top1(np.array([[1.0, np.nan], [0.0, 1.0]]))


def test_agreement_is_the_share_of_equal_classes():
    a = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    b = np.array([[5.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    assert agreement(a, b) == 0.75


def test_agreement_refuses_other_shapes():
    with pytest.raises(BadData, match="cannot be compared"):
        agreement(np.zeros((2, 2)), np.zeros((2, 3)))


def test_sqnr_of_a_tenth_of_the_signal_is_20_db():
    assert sqnr_db(np.full(10, 2.0), np.full(10, 2.2)) == pytest.approx(20.0)


def test_sqnr_of_equal_outputs_is_infinite():
    assert sqnr_db(np.ones(3), np.ones(3)) == math.inf


def test_sqnr_against_silence_is_minus_infinite():
    assert sqnr_db(np.zeros(3), np.ones(3)) == -math.inf


def test_sqnr_does_not_lose_small_differences_to_float32():
    reference = np.full(1000, 1.0, np.float32)
    found = reference + np.float32(2**-20)
    assert sqnr_db(reference, found) == pytest.approx(20 * 20 * math.log10(2))


def test_sqnr_refuses_numbers_that_are_not_finite():
    with pytest.raises(BadData, match="not finite"):
        sqnr_db(np.ones(2), np.array([1.0, np.inf]))


def test_sqnr_refuses_other_shapes():
    with pytest.raises(BadData, match="cannot be compared"):
        sqnr_db(np.ones(2), np.ones(3))


@pytest.mark.parametrize("total", [25, 300, 10_000])
def test_no_discordant_pair_leaves_an_interval_of_known_width(total):
    drop = paired_drop(*pairs(0, 0, total))
    width = 100 * 1.959964**2 / (total + 1.959964**2)  # closed form of the score interval at 0
    assert drop.drop_pp == 0
    assert drop.high_pp == pytest.approx(width, abs=1e-4)
    assert drop.low_pp == pytest.approx(-width, abs=1e-4)


def test_a_drop_is_positive_when_the_candidate_is_worse():
    drop = paired_drop(*pairs(9, 3, 300))
    assert drop.drop_pp == pytest.approx(2.0)
    assert drop.low_pp < 2.0 < drop.high_pp


def test_the_interval_is_the_mirror_when_sides_are_swapped():
    one, other = paired_drop(*pairs(9, 3, 100)), paired_drop(*pairs(3, 9, 100))
    assert one.low_pp == pytest.approx(-other.high_pp)
    assert one.high_pp == pytest.approx(-other.low_pp)


def test_the_interval_inverts_the_score_test():
    """The limits are where a brute-force likelihood gives a score of 1.96."""
    lost, gained, total = 7, 2, 60
    drop = paired_drop(*pairs(lost, gained, total))
    for limit in (drop.low_pp / 100, drop.high_pp / 100):
        shares = np.linspace(max(0, -limit) + 1e-9, (1 - limit) / 2 - 1e-9, 200_001)
        likelihood = (
            lost * np.log(shares + limit)
            + gained * np.log(shares)
            + (total - lost - gained) * np.log(1 - 2 * shares - limit)
        )
        share = shares[likelihood.argmax()]
        variance = total * (2 * share + limit - limit**2)
        score = (lost - gained - total * limit) / math.sqrt(variance)
        # the grid has steps of 5e-6 in the share
        assert abs(score) == pytest.approx(1.959964, abs=1e-3)


@pytest.mark.parametrize(("lost", "gained"), [(0.02, 0.01), (0.10, 0.05), (0.01, 0.0)])
def test_the_interval_covers_the_truth_about_95_times_in_100(lost, gained):
    random = np.random.default_rng(0)
    total, trials = 60, 2000
    drawn = random.multinomial(total, [lost, gained, 1 - lost - gained], trials)
    seen = {(int(b), int(c)): paired_drop(*pairs(int(b), int(c), total)) for b, c, _ in drawn}
    truth = 100 * (lost - gained)
    covered = [seen[int(b), int(c)] for b, c, _ in drawn]
    share = np.mean([drop.low_pp <= truth <= drop.high_pp for drop in covered])
    assert share >= 0.93  # 95 % less two standard errors of 2000 trials, and discreteness


def test_every_sample_lost_gives_an_interval_that_ends_at_100():
    drop = paired_drop(*pairs(10, 0, 10))
    assert drop.drop_pp == 100
    assert drop.high_pp == pytest.approx(100)
    square = 1.959964**2  # the score's root is in closed form when nothing else happens
    assert drop.low_pp == pytest.approx(100 * (10 - square) / (10 + square), abs=1e-4)


@pytest.mark.parametrize("shape", [(0,), (2, 2)])
def test_paired_answers_need_one_axis_and_one_sample(shape):
    with pytest.raises(BadData, match="paired answers"):
        paired_drop(np.ones(shape, bool), np.ones(shape, bool))


def test_paired_answers_need_the_same_length():
    with pytest.raises(BadData, match=r"\[3\] and \[4\]"):
        paired_drop(np.ones(3, bool), np.ones(4, bool))


def test_evaluate_gives_the_outputs_of_every_sample(onnx_bytes, tiny, images):
    labels = tiny.exact(images).argmax(axis=1)
    labels[:10] = (labels[:10] + 1) % 4
    evaluated = evaluate(open_session(onnx_bytes["fp32"]), {"image": images}, labels)
    # float32 sums of 8 products in another order: a few units in the last place
    np.testing.assert_allclose(evaluated.logits, tiny.exact(images), rtol=0, atol=1e-5)
    assert evaluated.accuracy == 0.75
    assert evaluated.correct.tolist() == [False] * 10 + [True] * 30


def test_evaluate_fills_the_last_batch_and_drops_the_surplus():
    session = Doubling()
    x = np.arange(14, dtype=np.float32).reshape(7, 2)
    evaluated = evaluate(session, {"x": x})
    np.testing.assert_array_equal(evaluated.logits, x * 2)
    assert len(session.fed) == 3
    np.testing.assert_array_equal(session.fed[2], x[[6, 6, 6]])


def test_without_labels_there_is_no_accuracy():
    evaluated = evaluate(Doubling(), {"x": np.ones((3, 2), np.float32)})
    assert evaluated.correct is None
    assert evaluated.accuracy is None


def test_evaluate_tells_how_far_it_is():
    told = []
    evaluate(Doubling(), {"x": np.ones((7, 2), np.float32)}, progress=lambda *now: told.append(now))
    assert told == [(3, 7), (6, 7), (7, 7)]


@pytest.mark.parametrize("x", [{}, {"x": np.ones((0, 2))}, {"x": np.ones(2), "z": np.ones(3)}])
def test_evaluate_refuses_no_samples_and_unequal_numbers(x):
    with pytest.raises(BadData, match="all need the same number"):
        evaluate(Doubling(), x)


def test_evaluate_refuses_labels_that_do_not_match():
    with pytest.raises(BadData, match=r"3 samples, but the labels have shape \[2\]"):
        evaluate(Doubling(), {"x": np.ones((3, 2), np.float32)}, np.zeros(2, int))
