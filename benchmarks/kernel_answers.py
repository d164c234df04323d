"""One model's answers with and without the fused attention, and what of them is lost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from numpy.typing import NDArray

from edgeattn_runtime.accuracy import Z_95

Array = NDArray[Any]


@dataclass(frozen=True)
class Answers:
    """One file's answers.

    Attributes:
        right: How often each sample's class was its label, 0 to 1, [N].
        plain: The same without noise, 0 or 1.
        db: SQNR of the scores against the float model, without noise.
    """

    right: Array
    plain: Array
    db: float

    def text(self) -> str:
        """Return accuracy and decibels for a cell."""
        return f"{self.right.mean():.2%}, {self.db:.1f} dB"


@dataclass(frozen=True)
class Lost:
    """Points that one file loses against another on the same samples.

    Attributes:
        pp: In points of accuracy; positive is worse.
        low, high: Its 95 % interval.
        plain_samples: Samples lost, those won taken off, without noise.
    """

    pp: float
    low: float
    high: float
    plain_samples: int

    @classmethod
    def of(cls, before: Answers, after: Answers) -> Lost:
        """Compare two files."""
        each = (before.right - after.right) * 100
        spread = Z_95 * float(each.std()) / len(each) ** 0.5
        mean = float(each.mean())
        plain = int(before.plain.sum() - after.plain.sum())
        return cls(mean, mean - spread, mean + spread, plain)

    def plain_pp(self, samples: int) -> float:
        """Return the points that `plain_samples` of so many samples are."""
        return 100 * self.plain_samples / samples

    def __str__(self) -> str:
        """Return the points with their interval."""
        return f"{self.pp:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Row:
    """One model on one engine.

    Attributes:
        lost_db: What one plane loses in each core.
        planes: What the file asks for, by core.
    """

    model: str
    engine: str
    float_core: Answers
    without: Answers
    given: Answers
    fine: Answers
    lost_db: tuple[float, ...]
    planes: tuple[int, ...]

    @property
    def lost(self) -> Lost:
        """What the library costs: the same file without it."""
        return Lost.of(self.without, self.given)

    @property
    def lost_to_float_core(self) -> Lost:
        """What rounding queries, keys and values costs as well: the file with a float core."""
        return Lost.of(self.float_core, self.given)

    @property
    def plain_pp(self) -> float:
        """Points that the library costs where every sample is asked once, without noise."""
        return self.lost.plain_pp(len(self.given.plain))

    @property
    def plain_pp_to_float_core(self) -> float:
        """The same against the file with a float core."""
        return self.lost_to_float_core.plain_pp(len(self.given.plain))

    def cells(self) -> tuple[str, ...]:
        """Return one row of the first table."""
        plain = f"{self.lost.plain_samples:+d} of {len(self.given.plain)}"
        answers = (one.text() for one in (self.float_core, self.without, self.given))
        lost = (str(self.lost), str(self.lost_to_float_core))
        return self.model, self.engine, *answers, *lost, plain

    def plane_cells(self) -> tuple[str, ...]:
        """Return one row of the second table."""
        return (
            self.model, self.engine, ", ".join(f"{lost:.1f}" for lost in self.lost_db),
            ", ".join(map(str, self.planes)), self.given.text(), self.fine.text(),
            str(Lost.of(self.without, self.fine)),
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        files = {"float_core": self.float_core, "without": self.without, "with": self.given,
                 "two_planes": self.fine}  # fmt: skip
        return {
            "model": self.model, "engine": self.engine, "samples": len(self.given.plain),
            "lost": asdict(self.lost), "lost_to_float_core": asdict(self.lost_to_float_core),
            "lost_db": self.lost_db, "planes": self.planes,
            "files": {name: {"accuracy": float(one.right.mean()), "right": int(one.plain.sum()),
                             "sqnr_db": one.db} for name, one in files.items()},
        }  # fmt: skip
