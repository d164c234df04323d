import torch
from torch import nn

from edgeattn_converters.operand_pairs import operand_pairs
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.passes import apply_passes
from tests.converters.quantised import program_of


class Shortcut(nn.Module):
    """A convolution and what is added to it, read by another convolution or by a LayerNorm."""

    def __init__(self, *, read_by_conv: bool, both: bool = False) -> None:
        super().__init__()
        self.stem, self.branch, self.last = (nn.Conv2d(4, 4, 3, padding=1) for _ in range(3))
        self.side = nn.Conv2d(4, 4, 1) if both else nn.Identity()
        self.norm, self.read_by_conv = nn.LayerNorm([4, 6, 6]), read_by_conv

    def forward(self, x):
        x = torch.tanh(self.stem(x))
        side = self.side(x)
        total = torch.relu(self.branch(x) + side)
        return self.last(total) if self.read_by_conv else self.norm(total)


def pairs(module):
    """Return (kind of value, kinds of its rounded readers) for every pair, in order."""
    program = apply_passes(program_of(module, torch.zeros(1, 4, 6, 6)))
    nodes = list(program.graph.nodes)
    int8 = {node for node in nodes if kind(node) == "conv"}
    return [
        (kind(node), sorted(kind(user) for user in node.users if reads(user)))
        for node, reads in operand_pairs(nodes, int8)
    ]


def test_only_what_an_int8_operator_reads_is_rounded():
    found = pairs(Shortcut(read_by_conv=False))
    assert found == [("placeholder", ["conv"]), ("tanh", ["conv"])]


def test_the_shortcut_of_a_sum_is_rounded_where_the_result_is_int8_again():
    found = pairs(Shortcut(read_by_conv=True))
    assert found == [("placeholder", ["conv"]), ("tanh", ["add", "conv"]), ("relu", ["conv"])]


def test_of_two_convolutions_the_first_is_the_shortcut():
    found = pairs(Shortcut(read_by_conv=True, both=True))
    assert ("conv", ["add"]) in found
    assert [what for what, _ in found].count("conv") == 1
