"""Activations between integers as tables of the library, and as functions of the model."""

import onnx
import pytest
import torch
from torch import nn

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.drafts import int8_draft, int8_form
from edgeattn_converters.onnx.fused_tables import GELU, HARDSWISH, SILU, TABLES, definition
from edgeattn_converters.placement import place
from edgeattn_converters.recipe import RECIPES
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.session import open_session
from tests.converters.programs import normal
from tests.converters.quantised import HERE, VNNI, BiasedCore, noise, program_of

FUSED, FLOAT_CORE = RECIPES["int8-fused-core"], RECIPES["int8-float-core"]
ACTIVATIONS = {nn.GELU: GELU, nn.Hardswish: HARDSWISH, nn.SiLU: SILU}


class Feed(nn.Module):
    """Two Linears around an activation, behind an attention core or not."""

    def __init__(self, activation, *, core=True):
        super().__init__()
        self.core = BiasedCore(1) if core else nn.Identity()
        self.first, self.activation, self.second = nn.Linear(8, 16), activation(), nn.Linear(16, 8)

    def forward(self, x):  # [2, 6, 8]
        return self.second(self.activation(self.first(self.core(x) + x))) + x


def draft(model, recipe=FUSED, policy=HERE):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        program = int8_form(program_of(model(), normal(2, 6, 8)), policy, recipe.core)
    return int8_draft(program, calibrate(program, noise(program)), recipe, policy)


def called(content):
    return [node.op_type for node in onnx.load_from_string(content).graph.node]


@pytest.mark.parametrize("library", [True, False], ids=["library", "function"])
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda one: one.__name__)
def test_beside_a_fused_core_an_activation_between_linears_is_a_table(
    activation, library, monkeypatch
):
    if not library:
        monkeypatch.setenv("EDGEATTN_KERNELS", "off")
    made = draft(lambda: Feed(activation))
    assert called(made.content).count(ACTIVATIONS[activation]) == 1
    session = open_session(made.content)
    [x] = noise(made.simulation, count=1, seed=1)[0]
    [y] = session.run({session.inputs[0].name: x.numpy()}).values()
    # The core's weights have 8 bits, or its sums another order; without the library a gate is
    # rounded to steps of 1/256.
    assert sqnr_db(made.simulation(x)[0].numpy(), y) > 35


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda one: one.__name__)
@pytest.mark.parametrize(
    ("model", "recipe"), [(True, FLOAT_CORE), (False, FUSED)], ids=["float core", "no core"]
)
def test_without_a_fused_core_nothing_is_a_table(activation, model, recipe):
    made = draft(lambda: Feed(activation, core=model), recipe)
    assert not set(TABLES) & set(called(made.content))
    plain = draft(lambda: Feed(activation, core=model), FLOAT_CORE)
    assert made.content == plain.content


def test_an_activation_whose_result_stays_float_has_no_table():
    class Last(Feed):
        def forward(self, x):
            return self.activation(self.first(self.core(x) + x)).mean(1)

    made = draft(lambda: Last(nn.GELU))
    assert GELU not in called(made.content)


def test_the_report_says_that_a_table_is_the_reason():
    program = int8_form(program_of(Feed(nn.GELU), normal(2, 6, 8)), VNNI, "fused")
    [fused] = [d for d in place(program, FUSED, VNNI).values() if d.kind == "gelu"]
    [plain] = [d for d in place(program, FLOAT_CORE, VNNI).values() if d.kind == "gelu"]
    assert (fused.precision, plain.precision) == ("int8", "float")
    assert "table of 256 entries" in fused.reason
    assert "edgeattn-kernels" in fused.reason


@pytest.mark.parametrize("name", TABLES)
def test_the_definitions_are_valid_onnx(name):
    function = definition(name)
    context = onnx.checker.C.CheckerContext()
    context.ir_version = onnx.IR_VERSION
    context.opset_imports = {opset.domain: opset.version for opset in function.opset_import}
    onnx.checker.check_function(function, context)
    assert list(function.input) == ["x", "x_scale", "x_zero_point", "y_scale", "y_zero_point"]
