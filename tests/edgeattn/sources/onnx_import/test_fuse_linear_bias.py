import torch
import torch.nn.functional as F  # noqa: N812
from torch import fx, nn

from edgeattn.sources.onnx_import.fuse_linear_bias import fuse_linear_bias


class Layer(nn.Module):
    def __init__(self, bias: int = 4, again: bool = False) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(4, 3)), nn.Parameter(torch.randn(bias))
        self.again = again

    def forward(self, x):
        y = F.linear(x, self.weight, None)
        return torch.add(self.bias, y) + (y if self.again else 0.0)


def traced(module: nn.Module, *inputs: torch.Tensor) -> fx.GraphModule:
    """Trace with a tensor in meta["val"] of each node, as the reader of ONNX leaves it."""
    graph = fx.symbolic_trace(module)

    class Remember(fx.Interpreter):
        def run_node(self, n):
            n.meta["val"] = result = super().run_node(n)
            return result

    Remember(graph).run(*inputs)
    return graph


def targets(graph: fx.GraphModule) -> list[object]:
    graph.graph.lint()
    graph.recompile()
    return [node.target for node in graph.graph.nodes if node.op == "call_function"]


def test_fuse_linear_bias_keeps_the_numbers():
    x = torch.randn(2, 3)
    graph = traced(Layer(), x)
    expected = graph(x)
    fuse_linear_bias(graph)
    assert targets(graph).count(torch.add) == 0
    # One addition in another place may round differently: one step of float32.
    torch.testing.assert_close(graph(x), expected, rtol=1e-6, atol=1e-6)


def test_fuse_linear_bias_leaves_other_widths_alone():
    x = torch.randn(2, 3)
    graph = traced(Layer(bias=1), x)
    fuse_linear_bias(graph)
    assert torch.add in targets(graph)


def test_fuse_linear_bias_leaves_a_result_that_is_used_twice_alone():
    x = torch.randn(2, 3)
    graph = traced(Layer(again=True), x)
    fuse_linear_bias(graph)
    assert torch.add in targets(graph)
