"""How sure one can be: of a share of right answers, and of the difference between two models."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeattn_runtime.accuracy import Z_95, paired_drop

SMALLEST_P = 0.001  # smaller ones are not told apart: no assumption holds that far
Correct = NDArray[np.bool_]


@dataclass(frozen=True)
class Paired:
    """A candidate against a reference, on the very same samples.

    Attributes:
        gain_pp: Percentage points the candidate is better; negative is worse.
        low_pp: Lower end of the paired 95 % interval (Tango's score interval).
        high_pp: Its upper end.
        won: Samples only the candidate gets right.
        lost: Samples only the reference gets right.
        p_value: Of McNemar's exact test.
    """

    gain_pp: float
    low_pp: float
    high_pp: float
    won: int
    lost: int
    p_value: float

    @property
    def p_words(self) -> str:
        """The p-value as one writes it: "= 0.12", "< 0.001"."""
        return f"= {self.p_value:.2g}" if self.p_value >= SMALLEST_P else f"< {SMALLEST_P}"

    def to_json(self) -> dict[str, Any]:
        """Return the entry of audit.json."""
        return vars(self).copy()


def wilson(right: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, 0 to 1.

    Unlike p +- 1.96 sqrt(p (1 - p) / n) it is no point where all answers are right, and stays
    within [0, 1].

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22, 1927.

    >>> [round(end, 4) for end in wilson(537, 545)]
    [0.9713, 0.9925]
    """
    if not 0 <= right <= total or total < 1:
        raise ValueError(f"{right} of {total} is no share")
    share, z2 = right / total, Z_95**2
    middle = share + z2 / (2 * total)
    reach = Z_95 * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    whole = 1 + z2 / total
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


def mcnemar(won: int, lost: int) -> float:
    """Return how often a fair coin falls at least as unevenly as the samples that tell two apart.

    Exact, two-sided: min(1, 2 P(Binomial(won + lost, 1/2) <= min(won, lost))).

    Source: Q. McNemar, Psychometrika 12, 1947; exact as in Dietterich 1998, "Approximate
    Statistical Tests for Comparing Supervised Classification Learning Algorithms".

    >>> mcnemar(9, 1), mcnemar(0, 0)
    (0.021484375, 1.0)
    """
    ways = sum(math.comb(won + lost, k) for k in range(min(won, lost) + 1))
    return min(1.0, float(2 * ways / 2 ** (won + lost)))


def compare(candidate: Correct, reference: Correct) -> Paired:
    """Return what a candidate gains over the reference; both are bool [N], the same samples."""
    drop = paired_drop(reference, candidate)
    won, lost = int((candidate & ~reference).sum()), int((~candidate & reference).sum())
    return Paired(
        0.0 - drop.drop_pp, 0.0 - drop.high_pp, 0.0 - drop.low_pp, won, lost, mcnemar(won, lost)
    )


def samples_needed(paired: Paired, total: int) -> int | None:
    """Return about how many samples would tell this difference from none; None when there is none.

    n = z^2 (d - g^2) / g^2, with g the difference and d the share of samples that tell both apart:
    where the interval's half length equals the difference, if both stay as they are.
    """
    gain, apart = paired.gain_pp / 100, (paired.won + paired.lost) / total
    return None if not gain else math.ceil(Z_95**2 * (apart - gain**2) / gain**2)
