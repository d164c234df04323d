from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from edgeattn.audit.result import Compared, Finished
from edgeattn.audit.verdict import best, decide
from edgeattn_runtime.latency import RatioInterval

Make = Callable[..., Finished]
SLOWER, FASTER = RatioInterval(1.4, 1.3, 1.5), RatioInterval(0.7, 0.65, 0.75)


def answers(right: int, total: int) -> np.ndarray:
    return np.arange(total) < right


@pytest.mark.parametrize(
    ("attention", "reference", "total", "ratio", "answer", "words"),
    [
        (
            960,
            900,
            1000,
            SLOWER,
            "yes",
            "Attention is worth it here: after 20 epochs hybrid gets 6.00 points more",
        ),
        (
            900,
            960,
            1000,
            FASTER,
            "no",
            "Attention is not worth it here: after 20 epochs hybrid gets 6.00 points",
        ),
        (981, 981, 1000, FASTER, "yes", "Attention is worth it here for its speed"),
        (981, 981, 1000, SLOWER, "no", "it can gain less than a point"),
        (981, 981, 1000, None, "no", "it can gain less than a point"),
        (92, 90, 100, SLOWER, "undecided", "Not decided by 100 test samples"),
        (90, 90, 100, FASTER, "undecided", "Not decided by 100 test samples"),
    ],
)
def test_the_answer_follows_from_interval_and_latency(
    finished: Make, attention: int, reference: int, total: int, ratio: Any, answer: str, words: str
) -> None:
    one = finished("hybrid", correct=answers(attention, total))
    other = finished("cnn", correct=answers(reference, total))
    worth = decide(Compared(one, None, None, ratio), Compared(other))
    assert worth.answer == answer
    assert words in worth.sentence
    assert worth.sentence.count(". ") == 0  # one sentence
    assert worth.sentence.endswith(".")
    assert (worth.attention, worth.reference) == ("hybrid", "cnn")


def test_a_loss_of_less_than_a_point_that_may_be_more_is_no_gain(finished: Make) -> None:
    right = np.ones(1000, bool)
    lost = right.copy()
    lost[:7] = False  # -0.70, surely no gain of a point, perhaps a loss of more than one
    worth = decide(
        Compared(finished("hybrid", correct=lost), None, None, FASTER),
        Compared(finished("cnn", correct=right)),
    )
    assert worth.answer == "no"


def test_the_sentence_names_the_price(finished: Make) -> None:
    int8 = finished("hybrid").int8
    one = finished("hybrid", correct=answers(960, 1000), int8={**(int8 or {}), "bytes": 150_000})
    worth = decide(
        Compared(one, None, None, SLOWER),
        Compared(finished("cnn", correct=answers(900, 1000))),
    )
    assert "at 1.40 times the int8 latency (1.30 to 1.50) and 1.50 times the file" in worth.sentence


def test_the_sentence_says_who_has_no_int8_file(finished: Make) -> None:
    one = finished("hybrid", correct=answers(960, 1000))
    other = finished("recurrent", correct=answers(900, 1000), int8=None, reason="why")
    worth = decide(Compared(one), Compared(other))
    assert "recurrent without an int8 file" in worth.sentence


def test_an_undecided_answer_says_how_many_samples_would_tell(finished: Make) -> None:
    one, other = finished("hybrid", right=92), finished("cnn", right=90)
    worth = decide(Compared(one), Compared(other))
    assert worth.sentence.endswith("; about 190 would tell such a gap.")


def test_the_best_of_a_camp_is_chosen_by_validation_alone(finished: Make) -> None:
    done = [
        finished("cnn", right=80, validation=0.9),
        finished("recurrent", right=95, validation=0.8),
        finished("single-head", right=70, validation=0.95),
        finished("multi-head", right=99, validation=0.9),
        finished("hybrid", right=99, validation=0.95),
    ]
    assert best(done, attends=False).family == "cnn"
    assert best(done, attends=True).family == "single-head"  # of equals the simpler one
