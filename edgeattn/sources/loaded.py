"""LoadedModel: what any source comes down to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edgeattn_runtime.errors import BrokenModel

if TYPE_CHECKING:
    import torch
    from torch import nn

    from edgeattn_converters.trained import Trained


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model ready to be captured.

    Attributes:
        module: In eval mode, on the CPU, in float32.
        name: A short name for files and reports.
        kind: Which source it came from: "zoo", "checkpoint", "module", "exported", "onnx".
        example_inputs: One tensor per input, batch first, or None when only data can tell.
        input_names: The parameters of `forward`, as arrays of an `.npz` are matched to them.
        labels: The name of each class, or None.
        preprocessing: Steps from a decoded sample to the input, as in the bundle's manifest.
        dataset: The data set the model was trained on, or None.
        trained: What quantisation-aware training found for its int8 files, or None.
    """

    module: nn.Module
    name: str
    kind: str
    example_inputs: tuple[torch.Tensor, ...] | None = None
    input_names: tuple[str, ...] = ()
    labels: tuple[str, ...] | None = None
    preprocessing: tuple[dict[str, Any], ...] = field(default=())
    dataset: str | None = None
    trained: Trained | None = None

    def __post_init__(self) -> None:
        """Refuse weights that no conversion could make right."""
        import torch

        if any(part.training for part in self.module.modules()):
            raise BrokenModel(f"{self.name} is in training mode; call .eval() on it")
        for name, weight in self.module.named_parameters():
            if weight.device.type != "cpu":
                raise BrokenModel(
                    f"{self.name}: weight {name} lies on device {weight.device}; call .cpu(), and "
                    "load real weights if it is `meta`"
                )
            if weight.is_floating_point() and weight.dtype != torch.float32:
                raise BrokenModel(f"{self.name}: weight {name} is {weight.dtype}; call .float()")
            broken = int((~torch.isfinite(weight)).sum())
            if broken:
                raise BrokenModel(
                    f"{self.name}: {broken} of {weight.numel()} numbers in weight {name} are NaN "
                    "or infinite; train again or take an earlier checkpoint"
                )
