import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import fx, nn

from edgeattn.sources.onnx_import.fuse_layer_norm import fuse_layer_norm


class Norm(nn.Module):
    """A layer norm taken apart; each option is one of the ways it is written or miswritten."""

    def __init__(self, **options: object) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.rand(8)), nn.Parameter(torch.randn(8))
        self.options = options

    def forward(self, x):
        axes = self.options.get("axes", [-1])
        mean = torch.mean(x, axes, True)
        centred = torch.sub(x, mean)
        square = torch.pow(centred, 2.0)
        if self.options.get("product"):
            square = torch.mul(centred, centred)
        if self.options.get("twice"):
            square = torch.pow(torch.sub(x, torch.mean(x, axes, True)), 2.0)
        if self.options.get("other"):
            square = torch.pow(x, 2.0)
        root = torch.sqrt(torch.add(torch.mean(square, axes, True), 1e-5))
        y = torch.div(centred, root)
        if self.options.get("reciprocal"):
            y = torch.mul(centred, torch.reciprocal(root))
        if self.options.get("plain"):
            return y
        return torch.add(torch.mul(self.weight, y), self.bias)


def traced(module: nn.Module, *inputs: torch.Tensor) -> fx.GraphModule:
    graph = fx.symbolic_trace(module)

    class Remember(fx.Interpreter):
        def run_node(self, n):
            n.meta["val"] = result = super().run_node(n)
            return result

    Remember(graph).run(*inputs)
    return graph


@pytest.mark.parametrize(
    "options",
    [{}, {"product": True}, {"twice": True}, {"reciprocal": True}, {"plain": True}],
)
def test_fuse_layer_norm_keeps_the_numbers(options):
    x = torch.randn(2, 5, 8)
    graph = traced(Norm(**options), x)
    expected = graph(x)
    fuse_layer_norm(graph)
    graph.graph.lint()
    graph.recompile()
    assert [n.target for n in graph.graph.nodes if n.op == "call_function"] == [F.layer_norm]
    # Eight terms in another order of summation: a few steps of float32.
    torch.testing.assert_close(graph(x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("options", [{"axes": [1]}, {"other": True}])
def test_fuse_layer_norm_leaves_other_norms_alone(options):
    x = torch.randn(2, 5, 8)
    graph = traced(Norm(**options), x)
    fuse_layer_norm(graph)
    assert F.layer_norm not in [node.target for node in graph.graph.nodes]
