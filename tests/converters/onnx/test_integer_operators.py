"""Every integer operator on ONNX Runtime against the simulation, fed the same numbers."""

import functools
from collections import Counter

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.onnx.integer_operators import integer_operators
from edgeattn_converters.onnx.lower import lower
from edgeattn_converters.onnx.uint8 import shift_to_uint8
from edgeattn_converters.operators import E
from edgeattn_converters.program import Program
from edgeattn_converters.quantize import DEQUANTIZE, quantize
from edgeattn_runtime.session import open_session
from tests.converters.programs import normal
from tests.converters.quantised import HERE, INT8, noise, program_of

TOKENS, ROWS, HEADS = 6, 5, ((1, 1.0), (2, 0.25), (4, 1.0))

# stride, padding (top, bottom, left, right), dilation, groups, kernel rows and columns
CONVOLUTIONS = {
    "pointwise": ([1, 1], [0, 0, 0, 0], [1, 1], 1, (1, 1)),
    "3x3": ([1, 1], [1, 1, 1, 1], [1, 1], 1, (3, 3)),
    "stride 2": ([2, 2], [1, 1, 1, 1], [1, 1], 1, (3, 3)),
    "unequal strides": ([2, 1], [0, 0, 1, 1], [1, 1], 1, (2, 3)),
    "asymmetric padding": ([2, 2], [0, 1, 0, 1], [1, 1], 1, (3, 3)),
    "four paddings": ([1, 1], [2, 1, 0, 1], [1, 1], 1, (3, 3)),
    "dilated": ([1, 1], [2, 2, 2, 2], [2, 2], 1, (3, 3)),
    "grouped": ([1, 1], [1, 1, 1, 1], [1, 1], 2, (3, 3)),
    "depthwise": ([1, 1], [1, 1, 1, 1], [1, 1], 8, (3, 3)),
    "depthwise, stride 2": ([2, 2], [0, 1, 0, 1], [1, 1], 8, (3, 3)),
}


class Convolutions(nn.Module):
    """One image, every convolution."""

    def __init__(self) -> None:
        super().__init__()
        for place, (_, _, _, groups, kernel) in enumerate(CONVOLUTIONS.values()):
            self.register_buffer(f"weight_{place}", normal(8, *kernel, 8 // groups))
            self.register_buffer(f"bias_{place}", normal(8))

    def forward(self, x):  # [1, 7, 9, 8]
        return tuple(
            E.conv2d_nhwc.default(
                x, getattr(self, f"weight_{place}"), getattr(self, f"bias_{place}"),
                stride, padding, dilation, groups,
            )
            for place, (stride, padding, dilation, groups, _) in enumerate(CONVOLUTIONS.values())
        )  # fmt: skip


class Products(nn.Module):
    """Linears on tokens and on rows, sums, each once."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.image, self.rows, self.active = (nn.Linear(8, 12) for _ in range(4))
        self.after = nn.Linear(8, 4)
        torch.nn.init.normal_(self.tokens.weight)

    def forward(self, tokens, image, rows):
        total = tokens + tokens[:, :1]  # broadcast over the tokens
        return (
            nn.functional.relu(self.tokens(tokens)),
            nn.functional.relu(self.image(image)),
            nn.functional.relu(self.active(rows)),
            total,
            self.after(total),
            self.rows(rows),
        )


PRODUCTS = (
    "tokens behind a relu", "tokens as an image", "rows behind a relu", "sum",
    "tokens with a float result", "rows with a float result",
)  # fmt: skip


class Attentions(nn.Module):
    """QAttention's float twin with several heads and scales."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weight", normal(48, 8) / 3)
        self.register_buffer("bias", normal(48))

    def forward(self, x):
        return tuple(
            E.projected_attention.default(x, self.weight, self.bias, heads, scale)
            for heads, scale in HEADS
        )


class Cores(nn.Module):
    """QK', softmax and PV, heads apart, with K and V that nobody else reads."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(8, 8) for _ in range(4))

    def forward(self, x):  # [1, tokens, 8]
        q, k, v = (
            part(x).reshape(1, TOKENS, 2, 4).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        scores = q @ k.transpose(-1, -2)
        mixed = (4 * scores).softmax(-1) @ v
        return self.out(mixed.transpose(1, 2).reshape(1, TOKENS, 8)), scores, mixed


def _simulation(module: nn.Module, *inputs: torch.Tensor) -> Program:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        program = program_of(module, *inputs)
    return quantize(program, calibrate(program, noise(program)), INT8, HERE).program


@functools.cache
def _both(kind: str) -> tuple[Program, list[np.ndarray], list[np.ndarray], onnx.ModelProto]:
    """Return the simulation, its answers, the engine's, and the file."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        program = {
            "convolutions": lambda: _simulation(Convolutions(), torch.zeros(1, 7, 9, 8)),
            "products": lambda: _simulation(
                Products(),
                torch.zeros(1, TOKENS, 8), torch.zeros(1, 2, 3, 8), torch.zeros(ROWS, 8),
            ),
            "cores": lambda: _simulation(Cores(), torch.zeros(1, TOKENS, 8)),
            "attentions": lambda: _simulation(Attentions(), torch.zeros(1, TOKENS, 8)),
        }[kind]()  # fmt: skip
    content = lower(program)
    session = open_session(content)
    promised, found = [], []
    for sample in noise(program, 4, seed=0):
        fed = {port.name: x.numpy() for port, x in zip(program.inputs, sample, strict=True)}
        answered = session.run(fed)
        promised.append([x.numpy() for x in program(*sample)])
        found.append([answered[port.name] for port in program.outputs])
    model = onnx.load_from_string(content)
    stack = [np.stack(column) for column in zip(*promised, strict=True)]
    return program, stack, [np.stack(column) for column in zip(*found, strict=True)], model


def _steps(kind: str, place: int) -> tuple[np.ndarray, int]:
    """Return how many integer steps the engine is off, and how many levels were used."""
    program, promised, found, _ = _both(kind)
    result = program.graph.output_node().args[0][place]
    assert result.target is DEQUANTIZE
    levels = len(np.unique(np.rint(promised[place] / result.args[1])))
    return np.abs(promised[place] - found[place]) / result.args[1], levels


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_a_convolution_is_within_one_step(name):
    steps, levels = _steps("convolutions", list(CONVOLUTIONS).index(name))
    assert steps.max() <= 1 + 1e-3
    assert levels > 50  # not a comparison of zeros


@pytest.mark.parametrize("name", PRODUCTS[:4])
def test_a_product_or_a_sum_is_within_one_step(name):
    steps, levels = _steps("products", PRODUCTS.index(name))
    assert steps.max() <= 1 + 1e-3
    assert levels > 50


@pytest.mark.parametrize("name", PRODUCTS[4:])
def test_a_product_without_an_int8_reader_comes_out_as_float(name):
    place = PRODUCTS.index(name)
    _, promised, found, _ = _both("products")
    # The same integers, multiplied out once: float32 rounding only.
    np.testing.assert_allclose(found[place], promised[place], rtol=0, atol=1e-5)
    assert len(np.unique(found[place])) > 0.9 * found[place].size  # and not rounded to 256 levels


@pytest.mark.parametrize("heads", HEADS)
def test_an_attention_agrees_to_float_rounding(heads):
    place = HEADS.index(heads)
    _, promised, found, _ = _both("attentions")
    largest = np.abs(promised[place]).max()
    assert largest > 0.5
    # Scores and softmax are float on both sides; only the order of sums differs.
    assert np.abs(promised[place] - found[place]).max() <= 1e-5 * largest


@pytest.mark.parametrize("place", [1, 2], ids=("scores", "mixed"))
def test_a_product_of_activations_comes_out_as_float(place):
    _, promised, found, _ = _both("cores")
    # Integers multiplied out once. PV's left operand is a softmax, whose float rounding may move
    # one of its integers by a step: 1/255 of a value.
    largest = np.abs(promised[place]).max()
    assert np.abs(promised[place] - found[place]).max() <= (1e-5, 0.01)[place - 1] * largest
    assert len(np.unique(found[place])) > 100  # and not of zeros


def test_keys_and_values_stay_signed_and_are_moved_as_integers():
    nodes = _both("cores")[3].graph.node
    types = {item.name: item.data_type for item in _both("cores")[3].graph.initializer}
    products = [node for node in nodes if node.op_type == "MatMulIntegerToFloat"]
    cores = [node for node in products if node.input[1] not in types]
    signed = onnx.TensorProto.INT8 if HERE.signed_right else onnx.TensorProto.UINT8
    assert [types[node.input[4]] for node in cores] == [onnx.TensorProto.UINT8] * 2
    assert [types[node.input[5]] for node in cores] == [signed] * 2
    assert not [node for node in nodes if node.op_type in ("MatMul", "DequantizeLinear")]


def test_the_operators_carry_the_engines_own_names():
    counts = {kind: Counter() for kind in ("convolutions", "products", "attentions")}
    for kind, count in counts.items():
        count.update(node.op_type for node in _both(kind)[3].graph.node)
    assert counts["convolutions"]["QLinearConv"] == len(CONVOLUTIONS)
    assert counts["products"]["QLinearConv"] == 2  # tokens, tokens as an image
    assert counts["products"]["MatMulIntegerToFloat"] == 1  # the reader of the sum
    assert counts["products"]["QGemm"] == 2
    assert counts["products"]["QLinearAdd"] == 1
    assert counts["attentions"]["QAttention"] == len(HEADS)
    left = {name for count in counts.values() for name in count} & {"Conv", "MatMul", "Gemm", "Add"}
    assert not left


def test_a_gemm_says_whether_its_result_is_int8():
    inputs = [
        len(node.input) for node in _both("products")[3].graph.node if node.op_type == "QGemm"
    ]
    assert sorted(inputs) == [7, 9]  # two more for the result's scale and zero-point


def test_an_operator_without_integers_stays():
    program = program_of(nn.Linear(8, 4), torch.zeros(1, 3, 8))
    assert str(integer_operators(shift_to_uint8(program)).graph) == str(program.graph)


def test_the_input_is_left_untouched():
    program = shift_to_uint8(_both("products")[0])
    before = str(program.graph)
    integer_operators(program)
    assert str(program.graph) == before
