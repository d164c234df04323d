"""A model of the zoo, calibrated as `edgeattn convert` does it, and the samples it never saw."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from benchmarks.zoo_measure import QUICK_SAMPLES, arrays
from edgeattn.data.choice import choose_data
from edgeattn.data.load import load_data
from edgeattn.models.catalog import ZOO
from edgeattn.sources.example import ports_of
from edgeattn.sources.zoo import load_from_zoo
from edgeattn_converters.bias_correction import SAMPLES
from edgeattn_converters.calibrate import Ranges, Sample, calibrate
from edgeattn_converters.candidate import Draft
from edgeattn_converters.capture import capture
from edgeattn_converters.drafts import int8_draft, int8_form
from edgeattn_converters.evidence import by_port, samples_of
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.passes import apply_calibrated, apply_passes
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program
from edgeattn_converters.recipe import RECIPES
from edgeattn_runtime.errors import EdgeattnError

Array = NDArray[Any]
CALIBRATION = 256
INT8 = RECIPES["int8"]


@dataclass(frozen=True)
class Calibrated:
    """A model and its samples.

    Attributes:
        name: In the zoo.
        program: After all passes.
        ranges: What calibration saw.
        correcting: Calibration samples to correct biases with.
        x: By input name, [N, ...]: validation and test samples.
        y: Their classes, [N].
    """

    name: str
    program: Program
    ranges: Ranges
    correcting: tuple[Sample, ...]
    x: Mapping[str, Array]
    y: Array

    def has_core(self, policy: Policy) -> bool:
        """Tell whether there is attention that an engine's fused form names."""
        form = int8_form(self.program, policy, "fused")
        return any(kind(node) == "core" for node in form.graph.nodes)

    def draft(self, core: str, policy: Policy) -> Draft:
        """Return the file of `int8-fused-core` or another core, with static Linears."""
        recipe = replace(INT8, name=f"int8 {core}", core=core, linears="static")
        exact = int8_form(self.program, policy, core)
        return int8_draft(exact, self.ranges, recipe, policy, self.correcting)


def calibrated(name: str, *, quick: bool = False) -> Calibrated | None:
    """Return a model whose weights ship and whose data set is here, else None."""
    entry = ZOO[name]
    if entry.checkpoint is None:
        return None
    loaded = load_from_zoo(name)
    spec = loaded.dataset or entry.dataset
    size = entry.input_shape[-2:] if len(entry.input_shape) == 4 else None
    side = None if size is None else (size[0], size[1])
    try:
        chosen = choose_data(
            calib=None, evaluation=None, dataset=spec, samples=CALIBRATION, allow_random=False,
            inputs=ports_of(loaded),
        )  # fmt: skip
        parts = [load_data(spec, image_size=side, split=one) for one in ("validation", "test")]
    except EdgeattnError:
        return None
    if quick:
        parts = [parts[1].take(QUICK_SAMPLES)]
    held = arrays(parts)
    y = held.pop("y")
    held.pop("labels", None)
    assert loaded.example_inputs is not None
    program = apply_passes(capture(loaded.module, loaded.example_inputs, name=name))
    seen = by_port(program, chosen.calibration.x)
    program = apply_calibrated(program, samples_of(program, seen), INT8)
    ranges = calibrate(program, samples_of(program, seen), method=INT8.range_method)
    correcting = tuple(itertools.islice(samples_of(program, seen), SAMPLES))
    return Calibrated(name, program, ranges, correcting, by_port(program, held), y)
