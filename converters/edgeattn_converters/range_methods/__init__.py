"""Range methods: which part of what a tensor reaches the int8 grid shall cover.

`minmax` covers all of it: nothing saturates, and one outlier makes every step coarse. The others
give up the rarest values for finer steps. Every method answers with bounds inside the extremes;
which one serves best is measured in docs/measurements/calibration.md.
"""

from __future__ import annotations

from collections.abc import Callable

from edgeattn_converters.histogram import Histogram
from edgeattn_converters.range_method import RangeMethod
from edgeattn_converters.range_methods.entropy import least_divergence
from edgeattn_converters.range_methods.percentile import percentiles
from edgeattn_converters.range_methods.squared_error import least_squared_error

Bounds = tuple[float, float]

METHODS: dict[str, Callable[[Histogram, RangeMethod], Bounds]] = {
    "minmax": lambda histogram, method: (histogram.low, histogram.high),
    "percentile": lambda histogram, method: percentiles(histogram, method.percentile),
    "mse": lambda histogram, method: least_squared_error(histogram),
    "entropy": lambda histogram, method: least_divergence(histogram),
}


def bounds_of(histogram: Histogram, method: RangeMethod) -> Bounds:
    """Return the smallest and largest value that int8 shall hold."""
    if histogram.low == histogram.high:
        return histogram.low, histogram.high  # a constant: nothing to give up
    return METHODS[method.name](histogram, method)
