"""LayerNorms that write integers, where a file has a fused core."""

import onnx
import pytest
import torch
from torch import nn

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.drafts import int8_draft, int8_form
from edgeattn_converters.onnx.fused_norms import FROM_FLOAT, FROM_INTEGERS, NORMS, definition
from edgeattn_converters.recipe import RECIPES
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.session import open_session
from tests.converters.programs import normal
from tests.converters.quantised import HERE, BiasedCore, noise, program_of

FUSED, FLOAT_CORE = RECIPES["int8-fused-core"], RECIPES["int8-float-core"]


class Normed(nn.Module):
    """An attention core, a Linear, a LayerNorm that reads what the Linear wrote, another Linear.

    Args:
        residual: What the LayerNorm reads is a sum that is added to the result too, in integers.
        affine: The LayerNorm has a scale and a shift.
    """

    def __init__(self, *, residual, affine, axes=(8,)):
        super().__init__()
        self.core, self.first, self.second = BiasedCore(1), nn.Linear(8, 8), nn.Linear(8, 8)
        self.norm, self.last = nn.LayerNorm(axes, elementwise_affine=affine), nn.Linear(8, 4)
        self.residual = residual
        if affine:
            nn.init.uniform_(self.norm.weight, 0.5, 1.5)
            nn.init.uniform_(self.norm.bias, -0.5, 0.5)

    def forward(self, x):  # [2, 6, 8]
        x = self.core(x)
        x = self.first(x) + self.second(x) if self.residual else self.first(x)
        y = self.second(self.norm(x))
        return self.last(x + y if self.residual else y)


def draft(recipe=FUSED, **options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        program = program_of(Normed(**options), normal(2, 6, 8))
    program = int8_form(program, HERE, recipe.core)
    return int8_draft(program, calibrate(program, noise(program)), recipe, HERE)


def called(content):
    return [node.op_type for node in onnx.load_from_string(content).graph.node]


@pytest.mark.parametrize("library", [True, False], ids=["library", "function"])
@pytest.mark.parametrize("affine", [True, False], ids=["affine", "plain"])
@pytest.mark.parametrize(("residual", "name"), [(True, FROM_INTEGERS), (False, FROM_FLOAT)])
def test_a_layer_norm_writes_integers_from_what_it_reads(
    residual, name, affine, library, monkeypatch
):
    if not library:
        monkeypatch.setenv("EDGEATTN_KERNELS", "off")
    made = draft(residual=residual, affine=affine)
    operators = called(made.content)
    assert operators.count(name) == 1
    assert "LayerNormalization" not in operators
    session = open_session(made.content)
    [x] = noise(made.simulation, count=1, seed=1)[0]
    [y] = session.run({session.inputs[0].name: x.numpy()}).values()
    # The core's weights have 8 bits, or its sums another order, which may turn a rounding.
    assert sqnr_db(made.simulation(x)[0].numpy(), y) > 35


def test_without_a_fused_core_a_layer_norm_is_the_engines():
    operators = called(draft(FLOAT_CORE, residual=True, affine=True).content)
    assert "LayerNormalization" in operators
    assert not set(NORMS) & set(operators)


def test_more_axes_than_the_last_stay_the_engines():
    operators = called(draft(residual=False, affine=True, axes=(6, 8)).content)
    assert "LayerNormalization" in operators
    assert not set(NORMS) & set(operators)


@pytest.mark.parametrize("name", NORMS)
def test_the_definitions_are_valid_onnx(name):
    function = definition(name)
    context = onnx.checker.C.CheckerContext()
    context.ir_version = onnx.IR_VERSION
    context.opset_imports = {opset.domain: opset.version for opset in function.opset_import}
    onnx.checker.check_function(function, context)
    assert list(function.input[-2:]) == ["gamma", "beta"]
    assert list(function.attribute) == ["epsilon"]
