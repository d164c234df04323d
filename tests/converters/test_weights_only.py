import torch
from torch import nn

from edgeattn_converters.cost import audit
from edgeattn_converters.operands import stored, tensor
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.quantize import DEQUANTIZE, QUANTIZE
from edgeattn_converters.weights_only import (
    DEQUANTIZE_CHANNELS,
    DEQUANTIZE_GROUPS,
    weights_only,
)
from tests.converters.quantised import (
    decibels,
    exact,
    noise,
    program_of,
    quantised,
    simulated,
)

WEBGPU = POLICIES["onnxruntime-webgpu"]


class Layers(nn.Module):
    """A convolution, a Linear of 64 inputs in groups, and one of 20 that has none."""

    def __init__(self):
        super().__init__()
        self.conv, self.wide, self.odd = nn.Conv2d(3, 16, 2, 2), nn.Linear(64, 20), nn.Linear(20, 5)

    def forward(self, x):
        return self.odd(self.wide(self.conv(x).flatten(1)))


def programs(group=32):
    torch.manual_seed(0)
    before = apply_passes(program_of(Layers(), torch.zeros(1, 3, 4, 4)))
    program = before.copy()
    int8 = {node for node in program.graph.nodes if kind(node) in ("conv", "gemm")}
    return before, weights_only(program, int8, 127, group)


def test_no_activation_is_quantised():
    _, program = programs()
    assert not {QUANTIZE, DEQUANTIZE} & {node.target for node in program.graph.nodes}


def test_a_linear_has_a_step_per_group_and_the_rest_one_per_channel():
    _, program = programs()
    found = {
        node.name: tensor(node, 1) for node in program.graph.nodes if kind(node) in ("conv", "gemm")
    }
    targets = [real.target for real in found.values()]
    assert targets == [DEQUANTIZE_CHANNELS, DEQUANTIZE_GROUPS, DEQUANTIZE_CHANNELS]
    shapes = [stored(program, real, 1).shape for real in found.values()]
    assert shapes == [(16,), (20, 2), (5,)]


def test_the_numbers_stay_within_half_a_step_of_each_weight():
    before, program = programs()
    samples = noise(before, 4)
    # 127 levels leave 20 log10(127 * sqrt(12) / 3) = 43 dB or more, where a weight's largest is
    # three times its deviation
    assert decibels(simulated(before, samples), simulated(program, samples)) > 40


def test_smaller_groups_round_less():
    before, coarse = programs(group=64)
    _, fine = programs(group=16)
    samples = noise(before, 8)
    wanted = simulated(before, samples)
    assert decibels(wanted, simulated(fine, samples)) > decibels(wanted, simulated(coarse, samples))


def test_the_bias_stays_as_it_was():
    given, program = programs()
    before = [stored(given, n, 2) for n in given.graph.nodes if kind(n) in ("conv", "gemm")]
    after = [stored(program, n, 2) for n in program.graph.nodes if kind(n) in ("conv", "gemm")]
    for one, other in zip(before, after, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_the_audit_counts_the_weights_and_no_product():
    found = audit(exact("hybrid", WEBGPU), quantised("hybrid", WEBGPU.name).decisions)
    assert found.int8_weight_share == 1.0
    assert found.int8_mac_share == 0.0
