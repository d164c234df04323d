"""What a conversion is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from edgeattn_converters.evidence import Array
from edgeattn_converters.policy import Policy
from edgeattn_converters.recipe import Recipe
from edgeattn_converters.search.formats import Search
from edgeattn_converters.trained import Trained
from edgeattn_runtime.report import Gates


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be converted, and how.

    Attributes:
        module: In eval mode.
        example_inputs: One sample; its shapes become the model's.
        name: For files and reports.
        calibration: By input name, [N, ...].
        calibration_hashes: sha256 of each calibration sample.
        evaluation: By input name, [N, ...]: samples calibration has not seen.
        labels_of: Class numbers of the evaluation samples [N], or None.
        formats: "onnx", "tflite".
        recipe: What the user wants.
        policies: Policies by format; the rest follows from this machine's CPU.
        elsewhere: Policies of engines that this machine does not run, one variant each.
        target: What the policies were chosen for; None is this machine's class of CPU.
        gates: What must hold.
        threads: CPU threads for one inference.
        labels: Class names.
        preprocessing: From a decoded sample to the input.
        steps: Where to write the Program after every pass; None writes nothing.
        search: How to look for per-layer precision; None tries the uniform variants alone.
        trained: What quantisation-aware training found; nothing is calibrated then.
    """

    module: nn.Module
    example_inputs: tuple[torch.Tensor, ...]
    name: str
    calibration: Mapping[str, Array]
    calibration_hashes: tuple[str, ...]
    evaluation: Mapping[str, Array]
    labels_of: Array | None
    recipe: Recipe
    formats: tuple[str, ...] = ("onnx", "tflite")
    policies: Mapping[str, Policy] = field(default_factory=dict)
    elsewhere: tuple[Policy, ...] = ()
    target: str | None = None
    gates: Gates = field(default_factory=Gates)
    threads: int = 1
    labels: tuple[str, ...] | None = None
    preprocessing: tuple[dict[str, Any], ...] = ()
    steps: Path | None = None
    search: Search | None = None
    trained: Trained | None = None
