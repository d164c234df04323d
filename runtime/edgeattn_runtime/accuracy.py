"""How right a model is, how close to another, and how sure one can be of the difference."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edgeattn_runtime.errors import BadData
from edgeattn_runtime.session import Session

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array, Arrays

Z_95 = 1.959963984540054  # the 97.5 % point of the normal distribution


@dataclass(frozen=True)
class Evaluated:
    """What a session made of a set of samples.

    Attributes:
        outputs: By output name, [N, ...].
        correct: bool [N], whether each sample's top-1 class is its label; None without labels.
    """

    outputs: dict[str, Array]
    correct: Array | None

    @property
    def accuracy(self) -> float | None:
        """Return the share of samples that are right, 0 to 1; None without labels."""
        return None if self.correct is None else float(self.correct.mean())

    @property
    def logits(self) -> Array:
        """Return the first output, the one that carries the task: [N, classes]."""
        return next(iter(self.outputs.values()))


@dataclass(frozen=True)
class Drop:
    """Accuracy lost against the reference, in percentage points, with a 95 % interval.

    Positive is worse; [low_pp, high_pp] holds the true drop in 95 of 100 such samples.
    """

    drop_pp: float
    low_pp: float
    high_pp: float


def evaluate(
    session: Session,
    x: Arrays,
    y: Array | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluated:
    """Run all samples through a session, one batch of the model's own size at a time.

    Args:
        session: An opened model with static shapes, [batch, ...].
        x: By input name, [N, ...], ready to be fed.
        y: Class numbers, [N].
        progress: Called with (samples done, samples wanted).

    A last batch that is not full repeats its last sample; the surplus outputs are dropped.

    Raises:
        BadData: No samples, inputs of different lengths, or labels that do not match.
    """
    lengths = {name: len(value) for name, value in x.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise BadData(f"the inputs hold {lengths or 'no'} samples; all need the same number, >= 1")
    total = next(iter(lengths.values()))
    if y is not None and y.shape != (total,):
        raise BadData(f"there are {total} samples, but the labels have shape {list(y.shape)}")
    batch = session.inputs[0].shape[0] if session.inputs and session.inputs[0].shape else 1
    found: dict[str, list[Array]] = {port.name: [] for port in session.outputs}
    for start in range(0, total, batch):
        rows = np.minimum(np.arange(start, start + batch), total - 1)
        outputs = session.run({name: value[rows] for name, value in x.items()})
        for name, value in outputs.items():
            found[name].append(value[: total - start])
        if progress is not None:
            progress(min(start + batch, total), total)
    joined = {name: np.concatenate(values) for name, values in found.items()}
    logits = next(iter(joined.values()))
    return Evaluated(joined, None if y is None else top1(logits) == y)


def top1(outputs: Array) -> Array:
    """Return the class of every sample: [N, classes] -> int64 [N].

    Logits with more axes are averaged over the middle ones first ([N, tokens, classes]).

    Raises:
        BadData: The outputs are not finite, or there is no axis of at least two classes.
    """
    if outputs.ndim < 2 or outputs.shape[-1] < 2:
        raise BadData(
            f"outputs of shape {list(outputs.shape)} hold no classes; top-1 needs [N, classes]"
        )
    if not np.isfinite(outputs).all():
        broken = int((~np.isfinite(outputs)).sum())
        raise BadData(
            f"{broken} of {outputs.size} outputs are not finite; an overflow inside the model: "
            "look for masks of -inf or float16"
        )
    flat: Array = outputs.reshape(len(outputs), -1, outputs.shape[-1]).mean(axis=1)
    return np.asarray(flat.argmax(axis=-1))


def agreement(a: Array, b: Array) -> float:
    """Return the share of samples, 0 to 1, that two models put into the same class.

    >>> agreement(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([[0.4, 0.6], [0.3, 0.7]]))
    0.5
    """
    if a.shape != b.shape:
        raise BadData(f"outputs of shapes {list(a.shape)} and {list(b.shape)} cannot be compared")
    return float((top1(a) == top1(b)).mean())


def sqnr_db(reference: Array, found: Array) -> float:
    """Return the signal to quantisation noise ratio in decibels, infinite when both are equal.

    sqnr = 10 log10(sum(reference²) / sum((reference - found)²)); 6 dB are one bit.

    >>> round(sqnr_db(np.array([1.0, -1.0]), np.array([1.1, -1.1])), 3)
    20.0
    """
    if reference.shape != found.shape:
        raise BadData(
            f"outputs of shapes {list(reference.shape)} and {list(found.shape)} cannot be compared"
        )
    truth = reference.astype(np.float64)
    noise = float(((truth - found.astype(np.float64)) ** 2).sum())
    signal = float((truth**2).sum())
    if not math.isfinite(noise):
        raise BadData("outputs that are not finite have no SQNR; look for an overflow in the model")
    if noise == 0:
        return math.inf
    return -math.inf if signal == 0 else 10 * math.log10(signal / noise)


def paired_drop(reference_correct: Array, candidate_correct: Array) -> Drop:
    """Return how much accuracy the candidate loses on the very same samples.

    Both models saw the same N samples, so only those where one is right and the other wrong
    (discordant pairs: `lost`, `gained`) tell them apart: drop = (lost - gained) / N.

    The interval is Tango's score interval for paired proportions. The usual Wald interval is
    [0, 0] when nothing changed and too narrow when little did; the score interval gives
    +-z²/(N + z²) for 0 discordant pairs (+-1.3 points for 300 photos) and keeps its 95 % down to
    some 25 samples: a quantised model that changes nothing on 300 photos is not proven equal, only
    within 1.3 points.

    Args:
        reference_correct: bool [N].
        candidate_correct: bool [N], the same samples in the same order.

    Source: T. Tango, Equivalence test and confidence interval for the difference in proportions
    for the paired-sample design, Statistics in Medicine 17, 1998, equations 8 to 12; recommended in
    R. Newcombe, Improved confidence intervals for the difference between binomial proportions
    based on paired data, same volume.
    """
    if reference_correct.shape != candidate_correct.shape or reference_correct.ndim != 1:
        raise BadData(
            f"paired answers need one shape [N], not {list(reference_correct.shape)} and "
            f"{list(candidate_correct.shape)}"
        )
    total = len(reference_correct)
    if total == 0:
        raise BadData("there are no paired answers to compare; give at least one sample")
    before, after = reference_correct.astype(bool), candidate_correct.astype(bool)
    lost, gained = int((before & ~after).sum()), int((~before & after).sum())
    estimate = (lost - gained) / total
    low = _where_score_is(Z_95, lost, gained, total, low=-1.0, high=estimate)
    high = _where_score_is(-Z_95, lost, gained, total, low=estimate, high=1.0)
    return Drop(100 * estimate, 100 * low, 100 * high)


def _where_score_is(
    target: float, lost: int, gained: int, total: int, *, low: float, high: float
) -> float:
    """Return the true difference at which Tango's score is `target`, by bisection: it falls."""
    for _ in range(60):  # 2 / 2^60 is below float64's step
        middle = (low + high) / 2
        if _score(middle, lost, gained, total) > target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _score(difference: float, lost: int, gained: int, total: int) -> float:
    """Return how many standard errors the counts lie above a true `difference`.

    The standard error uses the share of `gained` pairs that is likeliest under that difference
    (Tango 1998, equation 10, the root of a quadratic).
    """
    excess = lost - gained - total * difference
    a = 2 * total
    b = -lost - gained + (2 * total - lost + gained) * difference
    c = -gained * difference * (1 - difference)
    share = (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    variance = total * (2 * share + difference * (1 - difference))
    if variance <= 0:
        return math.copysign(math.inf, excess) if excess else 0.0
    return excess / math.sqrt(variance)
