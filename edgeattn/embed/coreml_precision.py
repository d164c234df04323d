"""In which numbers a model may run on Core ML: tried in PyTorch, on the golden vectors.

The Neural Engine computes in float16, whose largest number is 65,504 and whose smallest step is
6e-8: a logarithm of small powers, or a square of large sums, is lost there. Core ML cannot run
here, PyTorch's float16 can, and it rounds every result as that does.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from edgeattn_runtime.errors import BrokenBundle
from edgeattn_runtime.manifest import Manifest
from edgeattn_runtime.samples import Golden

SHARE = 0.01
"""Of the outputs' range: half of what the kit's probe allows, for Core ML rounds in its own way.

A keyword model with its spectrogram inside is off by 1.7 % in float16: too near.
"""
SMALLEST = 2048
"""Numbers that a weight needs to be worth 8 bits: coremltools' own default."""


@dataclass(frozen=True)
class Precision:
    """How weights are stored, "int8", "float16" or "float32", and how sums are made."""

    weights: str
    arithmetic: str


TRIED = (
    Precision("int8", "float16"),
    Precision("float16", "float16"),
    Precision("int8", "float32"),
    Precision("float32", "float32"),
)
"""From the smallest and fastest to the one that is always right."""


def first_sound(
    module: nn.Module, manifest: Manifest, golden: Golden, file: str
) -> tuple[Precision, nn.Module]:
    """Return the first of `TRIED` that keeps the golden answers, and the module with its weights.

    Args:
        module: In float32; left untouched.
        manifest: Whose ports name the golden vectors.
        golden: With the float model's answers.
        file: Where the module came from, for the message.

    Raises:
        BrokenBundle: Not even float32 keeps them.
    """
    for precision in TRIED:
        rounded = copy.deepcopy(module)
        if precision.weights == "int8":
            round_rows(rounded)
        if keeps(rounded, precision.arithmetic, manifest, golden):
            return precision, rounded
    raise BrokenBundle(
        f"{file} does not answer the golden vectors in PyTorch; convert the model again"
    )


def round_rows(module: nn.Module) -> None:
    """Round large weights to 255 levels for each row, as coremltools will store them.

    scale[row] = max|weight[row]| / 127
    """
    for weight in (*module.parameters(), *module.buffers()):
        if not weight.is_floating_point() or weight.ndim < 2 or weight.numel() <= SMALLEST:
            continue
        largest = weight.detach().abs().amax(dim=tuple(range(1, weight.ndim)), keepdim=True)
        scale = torch.where(largest == 0, torch.ones_like(largest), largest / 127)
        weight.data = torch.round(weight.detach() / scale) * scale


def keeps(module: nn.Module, arithmetic: str, manifest: Manifest, golden: Golden) -> bool:
    """Tell whether a module answers the golden vectors: 1 % of the range, and the same classes."""
    kind = getattr(torch, arithmetic)
    module = copy.deepcopy(module).to(kind)
    batch = manifest.inputs[0].shape[0]
    count = len(next(iter(golden.inputs.values()))) // batch * batch
    wanted = [golden.float_outputs[port.name][:count] for port in manifest.outputs]
    found: list[list[np.ndarray]] = [[] for _ in wanted]
    for begin in range(0, count, batch):
        given = [
            torch.from_numpy(golden.inputs[port.name][begin : begin + batch].copy())
            for port in manifest.inputs
        ]
        try:
            with torch.no_grad():
                answers = module(*(x.to(kind) if x.is_floating_point() else x for x in given))
        except RuntimeError:  # two types meet: what the graph says of float32 is no float16
            return False
        answers = answers if isinstance(answers, (tuple, list)) else (answers,)
        for place, answer in enumerate(answers[: len(found)]):
            found[place].append(answer.float().numpy())
    pairs = [(np.concatenate(mine), yours) for mine, yours in zip(found, wanted, strict=True)]
    return count > 0 and all(close(mine, yours) for mine, yours in pairs) and _same(*pairs[0])


def close(found: np.ndarray, wanted: np.ndarray) -> bool:
    """Tell whether every number lies within `SHARE` of the wanted ones' range."""
    most = SHARE * float(wanted.max() - wanted.min())
    return found.shape == wanted.shape and bool(np.abs(found - wanted).max() <= most)


def _same(found: np.ndarray, wanted: np.ndarray) -> bool:
    if wanted.ndim != 2 or wanted.shape[1] < 2:
        return True  # no classes
    return np.array_equal(found.argmax(1), wanted.argmax(1))
