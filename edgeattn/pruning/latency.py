"""How long a smaller model takes in int8 on the engine, relative to the model before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.capture import capture
from edgeattn_converters.drafts import int8_draft, int8_form
from edgeattn_converters.evidence import by_port, samples_of
from edgeattn_converters.passes import PASSES, apply_calibrated
from edgeattn_converters.policies import policy_for
from edgeattn_converters.recipe import RECIPES
from edgeattn_runtime import machine
from edgeattn_runtime.clock import refuse_without_time
from edgeattn_runtime.latency import RatioInterval, measure_interleaved, median_ratio_interval
from edgeattn_runtime.session import Session, open_session

WARMUP, ITERATIONS, BUDGET_S = 10, 200, 4.0
CALIBRATION = 16  # samples: ranges do not change how long a kernel takes
Arrays = Mapping[str, NDArray[Any]]


class Stopwatch:
    """Measures candidates against one model, which is converted once."""

    def __init__(
        self, module: nn.Module, example: tuple[Tensor, ...], x: Arrays, format: str
    ) -> None:
        """Convert the model that others are compared with.

        Args:
            module: In eval mode.
            example: One sample, batch first.
            x: Calibration samples by input name, [N, ...].
            format: "onnx" or "tflite".
        """
        refuse_without_time("a pruning towards a latency")
        self.example, self.format = example, format
        self.x = {name: array[:CALIBRATION] for name, array in x.items()}
        self.before = self._session(module)

    def ratio(self, module: nn.Module) -> RatioInterval:
        """Return latency of `module` / latency of the model before, interleaved, one thread."""
        sessions = {"before": self.before, "after": self._session(module)}
        times = measure_interleaved(
            {name: session.invoke for name, session in sessions.items()},
            warmup=WARMUP,
            iterations=ITERATIONS,
            budget_s=BUDGET_S,
        )
        return median_ratio_interval(times["after"], times["before"])

    def _session(self, module: nn.Module) -> Session:
        session = open_session(int8_file(module, self.example, self.x, self.format), threads=1)
        arrays = list(self.x.values())
        session.bind(
            {
                port.name: np.resize(self.x.get(port.name, arrays[0]), port.shape).astype(
                    port.dtype
                )
                for port in session.inputs
            }
        )
        return session


def int8_file(module: nn.Module, example: tuple[Tensor, ...], x: Arrays, format: str) -> bytes:
    """Return the first int8 variant that `edgeattn convert` would write of a model.

    Args:
        module: In eval mode.
        example: One sample, batch first.
        x: Calibration samples by input name, [N, ...].
        format: "onnx" or "tflite".
    """
    recipe, policy = RECIPES["int8"], policy_for(format, machine.cpu_class())
    program = capture(module, example, name=type(module).__name__)
    for rewrite in PASSES:
        program = rewrite(program)
    samples = by_port(program, x)
    program = apply_calibrated(program, samples_of(program, samples), recipe)
    ranges = calibrate(
        program,
        samples_of(program, samples),
        method=recipe.range_method,
        hashes=tuple(str(row) for row in range(len(next(iter(samples.values()))))),
    )
    variant = next(recipe.variants(policy.cores, policy.linears))
    return int8_draft(int8_form(program, policy, variant.core), ranges, variant, policy).content
