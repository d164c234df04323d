from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from edgeattn_converters.capture import capture, capture_exported, returned_by
from edgeattn_runtime.errors import BrokenModel, CannotConvert
from tests.converters.programs import MODELS, captured, normal
from tests.converters.rewriting import operators, program_of

X = normal(2, 4)


class Named(nn.Module):
    """Two inputs with names that Python's builtins have too, and a dict for a result."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])

    def forward(self, input: Tensor, mask: Tensor) -> dict[str, Tensor | None]:
        x = self.layers[1](self.layers[0](input).relu_())
        return {"sum": x + mask, "nothing": None, "parts": x.chunk(2)[0]}


def test_inputs_are_named_after_the_parameters_of_forward() -> None:
    program = capture(Named(), (X, X), name="named")
    assert [port.name for port in program.inputs] == ["input", "mask"]
    assert [port.shape for port in program.inputs] == [(2, 4), (2, 4)]


def test_a_dict_becomes_outputs_in_its_order_without_its_nones() -> None:
    program = capture(Named(), (X, X), name="named")
    assert [(port.name, port.shape) for port in program.outputs] == [
        ("output_0", (2, 4)), ("output_1", (1, 4)),
    ]  # fmt: skip
    assert len(returned_by(program.graph)) == 2


def test_operators_are_named_after_their_module() -> None:
    program = capture(Named(), (X, X), name="named")
    layers = {node.name: node.meta.get("layer") for node in program.graph.nodes}
    assert layers["layers_0_linear"] == "layers.0"
    assert layers["layers_1_linear"] == "layers.1"
    assert layers["relu"] == ""


def test_capture_leaves_module_and_inputs_untouched() -> None:
    class InPlace(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            x += 1
            y = self.linear(x)
            y[:, 0] = 0
            return y.relu_()

    module, x = InPlace(), X.clone()
    program = capture(module, (x,), name="in_place")
    assert torch.equal(x, X)
    torch.testing.assert_close(program(X.clone())[0], module(X.clone()).detach(), rtol=0, atol=0)
    assert "copy_" not in operators(program)


@pytest.mark.parametrize("rnn", [nn.LSTM, nn.GRU, nn.RNN])
def test_recurrent_layers_are_written_step_by_step(rnn: type[nn.Module]) -> None:
    module = rnn(4, 3, batch_first=True).eval()
    x = normal(1, 5, 4)
    program = capture(module, (x,), name="recurrent")
    torch.testing.assert_close(program(x)[0], module(x)[0].detach(), rtol=0, atol=1e-6)
    assert operators(program)["linear"] >= 5


def test_an_einsum_is_written_as_a_product() -> None:
    program = program_of(lambda x: torch.einsum("bi,ci->bc", x, x), X)
    assert "einsum" not in operators(program)
    torch.testing.assert_close(program(X)[0], X @ X.T, rtol=0, atol=1e-6)


@pytest.mark.parametrize("context", [torch.no_grad, lambda: torch.autocast("cpu", enabled=False)])
def test_contexts_leave_no_trace(context) -> None:
    def forward(x: Tensor) -> Tensor:
        with context():
            return x.exp()

    assert operators(program_of(forward, X)) == {"exp": 1}


def test_a_view_becomes_a_reshape() -> None:
    assert operators(program_of(lambda x: x.view(4, 2), X)) == {"reshape": 1}


def test_models_without_parameters_or_attention_are_captured() -> None:
    assert operators(program_of(nn.Softmax(-1), X)) == {"softmax": 1}
    assert operators(captured("residual"))["conv2d"] == 4


def test_whole_numbers_stay_whole() -> None:
    assert [port.dtype for port in captured("bert, additive mask").inputs] == ["int64", "int64"]


def test_a_module_that_is_called_twice_keeps_one_layer_name() -> None:
    module, inputs = MODELS["tied"]()
    program = capture(module, inputs, name="tied")
    layers = [n.meta["layer"] for n in program.graph.nodes if "linear" in str(n.target)]
    assert {layer for layer in layers if layer} == {"linear"}


def test_wrong_inputs_are_refused_with_their_shape() -> None:
    with pytest.raises(BrokenModel, match=r"tiny does not run .* \[2, 4\]: .*; pass inputs"):
        program_of(nn.Linear(5, 3), X)


def test_too_few_inputs_are_refused() -> None:
    with pytest.raises(BrokenModel, match="of shape none"):
        program_of(nn.Linear(5, 3))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats_are_refused(dtype: torch.dtype) -> None:
    kind = str(dtype).removeprefix("torch.")
    with pytest.raises(BrokenModel, match=f"weight of tiny is {kind}; give the float32 model"):
        program_of(nn.Linear(4, 3).to(dtype), X.to(dtype))
    with pytest.raises(BrokenModel, match=f"input 0 of tiny is {kind}"):
        program_of(lambda x: x + 1, X.to(dtype))


def test_inputs_that_are_no_tensors_are_refused() -> None:
    with pytest.raises(BrokenModel, match="input 0 of tiny is of type int"):
        program_of(nn.Linear(4, 3), 3)


def test_parameters_on_another_device_are_refused() -> None:
    with pytest.raises(BrokenModel, match="weight of tiny is on meta; bring model and inputs"):
        program_of(nn.Linear(4, 3, device="meta"), X)


def test_control_flow_that_depends_on_data_is_refused() -> None:
    with pytest.raises(CannotConvert, match=r"cannot trace tiny: .*torch\.where"):
        program_of(lambda x: x if x.sum() > 0 else -x, X)


def test_dynamic_shapes_are_refused() -> None:
    exported = torch.export.export(
        nn.Linear(4, 4), (X,), dynamic_shapes=({0: torch.export.Dim("batch")},)
    )
    with pytest.raises(CannotConvert, match=r"of tiny has the dynamic shape .*static shapes"):
        capture_exported(exported, name="tiny")
