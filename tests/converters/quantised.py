"""What the tests of quantisation share: models of programs.py, calibrated, quantised and run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from edgeattn_converters.calibrate import Ranges, calibrate
from edgeattn_converters.capture import capture
from edgeattn_converters.operators import E
from edgeattn_converters.policies import POLICIES, policy_for
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program
from edgeattn_converters.quantize import Quantized, quantize
from edgeattn_converters.recipe import RECIPES, Recipe
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.machine import cpu_class
from edgeattn_runtime.session import open_session
from tests.converters.programs import MODELS, rewritten

Array = NDArray[Any]
VNNI, NO_VNNI = POLICIES["onnxruntime-x86-vnni"], POLICIES["onnxruntime-x86"]
HERE = policy_for("onnx", cpu_class())
"""The policy of this machine: what runs in ONNX Runtime must not saturate on it."""

LITERT = POLICIES["litert-xnnpack"]
INT8 = RECIPES["int8-core"]


class Calls(nn.Module):
    """A module that only calls a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Any:
        return self.function(x)


class BiasedCore(nn.Module):
    """An attention core alone, with a factor, and a computed bias for each head or for all.

    Args:
        rows: Biases: 1 for all heads, or one for each of the two.
    """

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows

    def forward(self, x: Tensor) -> Any:  # [2, 6, 8]
        bias = x.mean(-1)[:, None, None, :].expand(2, self.rows, 6, 6) * 3
        return E.multi_head_attention(x, x * 2, x + 1, bias, 2, 0.5)


def program_of(model: nn.Module | Callable[..., Any], *inputs: Tensor) -> Program:
    """Capture a module, or a function of one tensor."""
    module = model if isinstance(model, nn.Module) else Calls(model)
    return capture(module.eval(), inputs, name="tiny")


def noise(program: Program, count: int = 8, seed: int = 0) -> list[tuple[Tensor, ...]]:
    """Return samples that fit a Program: normal floats; whole numbers 0 or 1."""
    random = torch.Generator().manual_seed(seed)
    return [
        tuple(
            torch.randn(port.shape, generator=random)
            if port.dtype == "float32"
            else torch.randint(0, 2, port.shape, generator=random).to(getattr(torch, port.dtype))
            for port in program.inputs
        )
        for _ in range(count)
    ]


@functools.cache
def ranges_of(name: str) -> Ranges:
    """Calibrate a model of `MODELS` on noise and its own example."""
    program = rewritten(name)
    return calibrate(program, [*noise(program), MODELS[name]()[1]])


def exact(name: str, policy: Policy) -> Program:
    """Return a model of `MODELS` in the form that a policy's engine wants."""
    program = rewritten(name)
    for form in policy.int8_form:
        program = form(program)
    return program


@functools.cache
def quantised(name: str, policy: str = VNNI.name, core: str = "int8") -> Quantized:
    """Return a model of `MODELS` quantised; nothing may change it."""
    recipe = Recipe(name="test", core=core)
    chosen = POLICIES[policy]
    return quantize(exact(name, chosen), ranges_of(name), recipe, chosen)


def lower(program: Program, policy: Policy) -> bytes:
    """Write a Program in a policy's format."""
    if policy.format == "onnx":
        from edgeattn_converters.onnx.lower import lower as to_onnx

        return to_onnx(program)
    from edgeattn_converters.tflite.lower import lower as to_tflite

    return to_tflite(program)


def answers(content: bytes, program: Program, samples: list[tuple[Tensor, ...]]) -> Array:
    """Run a file on its engine; the first output of every sample, joined."""
    session = open_session(content)
    names = [port.name for port in program.inputs]
    first = session.outputs[0].name
    return np.concatenate(
        [
            session.run({name: x.numpy() for name, x in zip(names, sample, strict=True)})[first]
            for sample in samples
        ]
    )


def simulated(program: Program, samples: list[tuple[Tensor, ...]]) -> Array:
    """Run a Program in PyTorch; the first output of every sample, joined."""
    return np.concatenate([program(*sample)[0].numpy() for sample in samples])


def decibels(reference: Array, found: Array) -> float:
    """Return the SQNR in decibels."""
    return sqnr_db(reference, found)
