"""Which range method a recipe asks for; the methods themselves are in range_methods/."""

from __future__ import annotations

from dataclasses import dataclass

from edgeattn_runtime.errors import BadUsage

NAMES = ("minmax", "percentile", "mse", "entropy")


@dataclass(frozen=True)
class RangeMethod:
    """A method by its name, and what it needs to know.

    Attributes:
        name: One of NAMES.
        percentile: How much of each tensor `percentile` covers from either side, in percent.
    """

    name: str = "minmax"
    percentile: float = 99.99

    def __post_init__(self) -> None:
        """Refuse a method nobody knows, and percentiles that cover nothing or mean nothing."""
        if self.name not in NAMES:
            raise BadUsage(f"calibration is {self.name!r}; choose from {', '.join(NAMES)}")
        if not 50 < self.percentile <= 100:
            raise BadUsage(
                f"percentile is {self.percentile}; give a number above 50 and up to 100, "
                "such as 99.99"
            )

    @property
    def clips(self) -> bool:
        """Whether the method needs a histogram: all but minimum and maximum do."""
        return self.name != "minmax"


MINMAX = RangeMethod()
