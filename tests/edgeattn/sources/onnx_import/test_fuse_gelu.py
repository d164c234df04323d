import math

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import fx, nn

from edgeattn.sources.onnx_import.fuse_gelu import fuse_gelu

ROOT, OUTER = math.sqrt(2), math.sqrt(2 / math.pi)


def gate(x):
    return torch.add(torch.erf(torch.div(x, ROOT)), 1.0)


def tanh_gate(x):
    cube = torch.mul(torch.pow(x, 3.0), 0.044715)
    return torch.add(torch.tanh(torch.mul(torch.add(x, cube), OUTER)), 1.0)


def factored_gate(x):
    sum_ = torch.add(torch.mul(torch.mul(x, x), 0.044715), 1.0)
    return torch.add(torch.tanh(torch.mul(torch.mul(x, OUTER), sum_)), 1.0)


FORMS = {
    "number last": (lambda x: torch.mul(torch.mul(x, gate(x)), 0.5), "none"),
    "number first": (lambda x: torch.mul(torch.mul(x, 0.5), gate(x)), "none"),
    "number on the gate": (lambda x: torch.mul(x, torch.mul(gate(x), 0.5)), "none"),
    "halved": (lambda x: torch.div(torch.mul(gate(x), x), 2.0), "none"),
    "tanh": (lambda x: torch.mul(torch.mul(x, 0.5), tanh_gate(x)), "tanh"),
    "tanh, factored": (lambda x: torch.mul(torch.mul(x, 0.5), factored_gate(x)), "tanh"),
}
OTHERS = {
    "another factor": lambda x: torch.mul(torch.mul(x, gate(x)), 0.6),
    "another width": lambda x: torch.mul(
        torch.mul(x, torch.add(torch.erf(torch.div(x, 1.5)), 1.0)), 0.5
    ),
    "another argument": lambda x: torch.mul(torch.mul(x, gate(torch.abs(x))), 0.5),
    "another sum": lambda x: torch.mul(torch.mul(x, torch.add(torch.erf(x), 2.0)), 0.5),
    "another cube": lambda x: torch.mul(
        torch.mul(x, 0.5), torch.add(torch.tanh(torch.mul(torch.pow(x, 3.0), OUTER)), 1.0)
    ),
}


class Wrapped(nn.Module):
    def __init__(self, function) -> None:
        super().__init__()
        self.function = function

    def forward(self, x):
        # What comes in is a product itself, and is read again afterwards.
        y = torch.mul(x, 1.5)
        return torch.add(self.function(y), y)


@pytest.mark.parametrize("form", FORMS)
def test_fuse_gelu_keeps_the_numbers(form):
    function, kind = FORMS[form]
    graph, x = fx.symbolic_trace(Wrapped(function)), torch.linspace(-6, 6, 101)
    expected = graph(x)
    fuse_gelu(graph)
    graph.graph.lint()
    graph.recompile()
    calls = [node for node in graph.graph.nodes if node.op == "call_function"]
    assert [node.target for node in calls] == [torch.mul, F.gelu, torch.add]
    assert calls[1].kwargs == {"approximate": kind}
    # 1 + erf(x) cancels for x << 0: the error is one step of float32 at 1, times |x| <= 9.
    torch.testing.assert_close(graph(x), expected, rtol=1e-6, atol=1.2e-7 * 9)


@pytest.mark.parametrize("form", OTHERS)
def test_fuse_gelu_leaves_other_products_alone(form):
    graph = fx.symbolic_trace(Wrapped(OTHERS[form]))
    fuse_gelu(graph)
    assert F.gelu not in [node.target for node in graph.graph.nodes]
