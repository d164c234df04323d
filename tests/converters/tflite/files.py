"""What the tests of this folder share: modules become Programs, files run on LiteRT."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import torch
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from torch import Tensor, nn
from torch.fx.experimental.proxy_tensor import make_fx

import edgeattn_converters.tflite.dialect  # noqa: F401 (registers the quantise operators)
from edgeattn_converters.program import Program, finish, rebuilt
from edgeattn_converters.tflite.lower import lower
from edgeattn_runtime.port import Port

QD = torch.ops.quantized_decomposed
conv2d_nhwc = torch.ops.edgeattn.conv2d_nhwc


class Calls(nn.Module):
    """A module that only calls a function."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)


class Constant(nn.Module):
    """Calls a function with a constant in last place."""

    def __init__(self, function: Callable[..., Tensor], *constants: Tensor) -> None:
        super().__init__()
        self.function = function
        self.count = len(constants)
        for index, constant in enumerate(constants):
            self.register_buffer(f"c{index}", constant)

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs, *(getattr(self, f"c{i}") for i in range(self.count)))


def program_of(model: nn.Module | Callable[..., Tensor], *inputs: Tensor) -> Program:
    """The Program of a module written as TFLite wants it: no passes in between.

    `make_fx` gives the operators that torch.export gives, in a fiftieth of the time.
    """
    module = model if isinstance(model, nn.Module) else Calls(model)
    with torch.no_grad():
        traced = make_fx(
            module.eval(), tracing_mode="fake", pre_dispatch=True, _allow_non_fake_inputs=True
        )(*inputs)
    graph_module = rebuilt(traced)
    output = graph_module.graph.output_node()
    output.args = ((output.args[0],),)
    for node in graph_module.graph.nodes:
        node.meta = {"layer": "", "val": node.meta["val"]} if node.op == "placeholder" else {}
    ports = [Port(f"x{i}", tuple(x.shape), str(x.dtype)[6:]) for i, x in enumerate(inputs)]
    finish(Program(graph_module, "tiny", tuple(ports), ()))
    result = output.args[0][0].meta["val"]
    port = Port("output", tuple(result.shape), str(result.dtype)[6:])
    return Program(graph_module, "tiny", tuple(ports), (port,))


class File:
    """A `.tflite` file in an interpreter with one thread."""

    def __init__(self, program: Program) -> None:
        self.content = lower(program)
        self.interpreter = Interpreter(model_content=self.content, num_threads=1)
        self.interpreter.allocate_tensors()

    def __call__(self, *inputs: Tensor) -> np.ndarray:
        for detail, value in zip(self.interpreter.get_input_details(), inputs, strict=True):
            self.interpreter.set_tensor(detail["index"], value.numpy())
        self.interpreter.invoke()
        output = self.interpreter.get_output_details()[0]
        return self.interpreter.get_tensor(output["index"])

    @property
    def model(self):
        return schema.ModelT.InitFromPackedBuf(self.content, 0)

    @property
    def operators(self) -> Counter[str]:
        """How often each operator occurs, with the type of its output: "CONV_2D:INT8"."""
        graph = self.model.subgraphs[0]
        return Counter(
            f"{name(schema.BuiltinOperator, self.model.operatorCodes[op.opcodeIndex].builtinCode)}"
            f":{name(schema.TensorType, graph.tensors[op.outputs[0]].type)}"
            for op in graph.operators
        )

    @property
    def versions(self) -> dict[str, int]:
        codes = self.model.operatorCodes
        return {name(schema.BuiltinOperator, code.builtinCode): code.version for code in codes}


def name(enum: type, value: int) -> str:
    return next(key for key, number in vars(enum).items() if number == value)


def both(model: nn.Module | Callable[..., Tensor], *inputs: Tensor) -> tuple[np.ndarray, File]:
    """PyTorch's result, and the file to compare with it."""
    program = program_of(model, *inputs)
    return program(*inputs)[0].numpy(), File(program)


def quantized(x: Tensor, scale: float, zero_point: int) -> Tensor:
    return QD.quantize_per_tensor.default(x, scale, zero_point, -128, 127, torch.int8)


def dequantized(q: Tensor, scale: float, zero_point: int) -> Tensor:
    return QD.dequantize_per_tensor.default(q, scale, zero_point, -128, 127, torch.int8)


def fq(x: Tensor, scale: float, zero_point: int = 0) -> Tensor:
    """Quantise and dequantise: a value that an engine holds as int8."""
    return dequantized(quantized(x, scale, zero_point), scale, zero_point)


class Int8Weight(nn.Module):
    """An int8 weight with one scale per output channel, axis 0."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        scales = weight.flatten(1).abs().amax(1) / 127
        levels = (weight / scales.view(-1, *[1] * (weight.dim() - 1))).round()
        self.register_buffer("levels", levels.clamp(-127, 127).to(torch.int8))
        self.register_buffer("scales", scales)
        self.register_buffer("zeros", torch.zeros(len(scales), dtype=torch.int64))

    def forward(self) -> Tensor:
        return QD.dequantize_per_channel.default(
            self.levels, self.scales, self.zeros, 0, -127, 127, torch.int8
        )


class Int8Linear(nn.Module):
    """A Linear whose bias is whole multiples of input scale times weight scale."""

    def __init__(self, inputs: int, outputs: int, input_scale: float) -> None:
        super().__init__()
        linear = nn.Linear(inputs, outputs).requires_grad_(False)
        self.weight = Int8Weight(linear.weight)
        steps = input_scale * self.weight.scales
        self.register_buffer("bias", (linear.bias / steps).round() * steps)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weight(), self.bias)


class Int8Conv(nn.Module):
    """A channels-last convolution with int8 weights."""

    def __init__(
        self, weight: Tensor, input_scale: float, stride: int = 1, padding: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.weight = Int8Weight(weight)
        steps = input_scale * self.weight.scales
        self.register_buffer("bias", (torch.randn(len(weight)) / steps).round() * steps)
        self.stride, self.padding, self.groups = [stride] * 2, [padding] * 4, groups

    def forward(self, x: Tensor) -> Tensor:
        return conv2d_nhwc(
            x, self.weight(), self.bias, self.stride, self.padding, [1, 1], self.groups
        )


def off_by(expected: np.ndarray, found: np.ndarray, scale: float) -> np.ndarray:
    """How many integer steps two dequantised results lie apart, number by number."""
    return np.abs(np.rint((expected - found) / scale))
