import torch
from torch import nn

from edgeattn_converters.capture import capture
from edgeattn_converters.lint.exported import write_exported


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(8, 4), nn.ReLU())

    def forward(self, left, right):
        return {"sum": self.inner(left + right), "left": left}


def written(model, inputs, tmp_path):
    write_exported(capture(model.eval(), inputs, name="tiny"), inputs, tmp_path / "tiny.pt2")
    return torch.export.load(tmp_path / "tiny.pt2")


def test_what_is_read_back_gives_the_same_numbers(tmp_path):
    x = torch.randn(2, 8)
    model = nn.Linear(8, 4).eval()
    found = written(model, (x,), tmp_path).module(check_guards=False)(x)
    torch.testing.assert_close(found, model(x), rtol=0, atol=0)  # the same operators


def test_inputs_keep_their_names_and_operators_their_layers(tmp_path):
    inputs = (torch.randn(1, 8), torch.randn(1, 8))
    exported = written(Two(), inputs, tmp_path)
    module = exported.module(check_guards=False)
    names = [str(node.target) for node in module.graph.nodes if node.op == "placeholder"]
    assert names == ["left", "right"]
    again = capture(module, inputs, name="again")
    layers = {node.meta.get("layer") for node in again.graph.nodes}
    assert {"inner.0", "inner.1"} <= layers


def test_several_outputs_come_back_as_a_tuple(tmp_path):
    inputs = (torch.ones(1, 8), torch.zeros(1, 8))
    result = written(Two(), inputs, tmp_path).module(check_guards=False)(*inputs)
    assert isinstance(result, tuple)
    torch.testing.assert_close(result[1], inputs[0], rtol=0, atol=0)


def test_the_program_is_left_untouched(tmp_path):
    program = capture(nn.Linear(8, 4).eval(), (torch.ones(1, 8),), name="tiny")
    before = [dict(node.meta) for node in program.graph.nodes]
    write_exported(program, (torch.ones(1, 8),), tmp_path / "tiny.pt2")
    assert [dict(node.meta) for node in program.graph.nodes] == before
