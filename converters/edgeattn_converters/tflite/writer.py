"""The desk at which operators are written: it hands out their operands and results.

An operator function asks for operands and a result and adds one or a few TFLite
operators. It needs not know whether they are int8 or float: the plan knows.
"""

from __future__ import annotations

import math

import numpy as np
from torch import fx

from edgeattn_converters.program import Program, constant, shape
from edgeattn_converters.tflite.builder import Affine, Array, Builder, Tensor
from edgeattn_converters.tflite.constants import Weight, weight
from edgeattn_converters.tflite.plan import Plan, relu_limit
from edgeattn_converters.tflite.refusal import refuse

LARGEST_LEVEL = 127
ACTIVATIONS = {None: 0, math.inf: 1, 6.0: 3}  # schema.fbs: NONE, RELU, RELU6


class Writer:
    """Holds the tensors that were written so far, by node."""

    def __init__(self, program: Program, plan: Plan) -> None:
        """Start an empty file for `program`."""
        self.program = program
        self.plan = plan
        self.builder = Builder()
        self._values: dict[fx.Node, Tensor] = {}
        self._dequantized: dict[Tensor, Tensor] = {}

    def is_int8(self, node: fx.Node) -> bool:
        """Return whether the value of `node` is held as int8."""
        return node in self.plan.int8

    def result(self, node: fx.Node, like: tuple[int, ...] | None = None) -> Tensor:
        """Return a new tensor for the value of `node`, and of the relu it takes in.

        Args:
            node: The operator.
            like: The shape, when it differs from the node's.
        """
        relu = self.plan.relus.get(node)
        tensor = self.scratch(node, shape(node) if like is None else like, relu)
        self.hold(node, tensor)
        if relu is not None:
            self.hold(relu, tensor)
        return tensor

    def scratch(self, node: fx.Node, size: tuple[int, ...], named: fx.Node | None = None) -> Tensor:
        """Return a new tensor of `node`'s type that no other node refers to."""
        affine = self.plan.int8.get(node)
        dtype = "int8" if affine else str(node.meta["val"].dtype).removeprefix("torch.")
        if dtype not in ("float32", "int8", "int32", "int64", "bool"):
            refuse(node, f"gives {dtype}, which TFLite kernels do not take", "cast it to float32")
        return self.builder.tensor((named or node).name, size, dtype, affine)

    def hold(self, node: fx.Node, tensor: Tensor) -> None:
        """Remember `tensor` as the value of `node`."""
        self._values[node] = tensor

    def activation(self, node: fx.Node) -> int:
        """Return the `fusedActivationFunction` of an operator."""
        relu = self.plan.relus.get(node)
        return ACTIVATIONS[None if relu is None else relu_limit(relu)]

    def operand(self, argument: object, of: fx.Node) -> Tensor:
        """Return the tensor of an argument, int8 or not as `of` wants it."""
        if isinstance(argument, fx.Node):
            return self.int8(argument) if self.is_int8(of) else self.value(argument)
        assert isinstance(argument, bool | int | float), argument
        return self._int8_scalar(argument, of) if self.is_int8(of) else self._scalar(argument, of)

    def int8(self, node: fx.Node) -> Tensor:
        """Return the int8 tensor that holds the value of `node`."""
        if node not in self._values:
            stored = weight(self.program, node)
            assert stored is not None, node
            affine = stored.affine or self.plan.int8[node]
            self.hold(node, self.builder.constant(stored.values, node.name, affine))
        return self._values[node]

    def value(self, node: fx.Node) -> Tensor:
        """Return the tensor of `node` as the Program sees it: dequantised when it is a float."""
        if node not in self._values:
            return self.weight(node, weight(self.program, node), as_int8=False)
        tensor = self._values[node]
        is_float = str(node.meta["val"].dtype) == "torch.float32"
        return self.dequantized(tensor, node) if tensor.affine and is_float else tensor

    def weight(self, node: fx.Node, stored: Weight | None, as_int8: bool) -> Tensor:
        """Return the tensor of a constant, dequantised unless `as_int8`."""
        assert stored is not None, node
        if stored.bits == 4 and stored.affine is not None and as_int8:
            return self.builder.nibbles(stored.values, node.name, stored.affine)
        tensor = self.builder.constant(stored.values, node.name, stored.affine)
        return tensor if as_int8 or stored.affine is None else self.dequantized(tensor, node)

    def array(self, node: fx.Node) -> Array:
        """Return the numbers of a `get_attr` node."""
        values: Array = constant(self.program, node).numpy()
        return values

    def dequantized(self, tensor: Tensor, node: fx.Node) -> Tensor:
        """Return the float form of an int8 tensor; it is written once."""
        if tensor not in self._dequantized:
            real = self.builder.tensor(node.name + ";float", tensor.shape, "float32")
            self.builder.add("DEQUANTIZE", [tensor], real, "DequantizeOptions")
            self._dequantized[tensor] = real
        return self._dequantized[tensor]

    def border(self, image: Tensor, fill: float, name: str) -> Tensor:
        """Return the constant that fills the border of `image`; infinities are its extremes."""
        if image.affine is None:
            limits = np.finfo(np.float32)
            level = np.clip(fill, limits.min, limits.max)
        else:
            steps = np.float32(fill) / np.float32(image.affine.scale)
            level = np.clip(np.rint(steps) + image.affine.zero_point, -128, 127)
        return self.builder.constant(np.asarray(level, image.dtype), name, image.affine)

    def _scalar(self, number: float, of: fx.Node) -> Tensor:
        others = [arg.meta["val"] for arg in of.args if isinstance(arg, fx.Node)]
        real = any(other.is_floating_point() for other in others) or isinstance(number, float)
        dtype = "float32" if real else str(others[0].dtype).removeprefix("torch.")
        return self.builder.constant(np.asarray(number, dtype), f"{of.name};scalar")

    def _int8_scalar(self, number: float, of: fx.Node) -> Tensor:
        """Return a number as 127 steps of its own size: exact, whatever it is."""
        level = LARGEST_LEVEL if number > 0 else -LARGEST_LEVEL if number < 0 else 0
        affine = Affine((float(np.float32(abs(number) / LARGEST_LEVEL or 1.0)),))
        return self.builder.constant(np.asarray(level, np.int8), f"{of.name};scalar", affine)
