"""The attention core as one operator of integers, unfolded by an engine without its kernel."""

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.drafts import int8_draft, int8_form
from edgeattn_converters.onnx.fused_attention import (
    DOMAIN,
    TO_FLOAT,
    TO_INTEGERS,
    definition,
    written_out,
)
from edgeattn_converters.onnx.lower import lower
from edgeattn_converters.operators import E
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.placement import place
from edgeattn_converters.program import PLANES, shape
from edgeattn_converters.quantize import quantize
from edgeattn_converters.recipe import FLOAT, RECIPES
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.session import open_session
from tests.converters.programs import normal, rewritten
from tests.converters.quantised import HERE, VNNI, BiasedCore, noise, program_of, ranges_of

FUSED = RECIPES["int8-fused-core"]
MODELS = ("torch attention", "causal", "nanogpt", "hybrid", "vit, batch of 2", "grouped queries",
          "bert, additive mask", "bert, boolean mask", "swin")  # fmt: skip


def draft(name, policy=HERE):
    return int8_draft(
        int8_form(rewritten(name), policy, FUSED.core), ranges_of(name), FUSED, policy
    )


def cores_of(program):
    target = E.multi_head_attention.default
    return list(program.graph.find_nodes(op="call_function", target=target))


def called(content):
    return [node.op_type for node in onnx.load_from_string(content).graph.node
            if node.op_type in (TO_INTEGERS, TO_FLOAT)]  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_file_with_a_fused_core_computes_what_the_simulation_does(name):
    made = draft(name)
    assert len(called(made.content)) == 1
    session = open_session(made.content)
    for x in noise(made.simulation, count=3, seed=1):
        [y] = session.run(dict(zip([p.name for p in session.inputs], map(np.asarray, x),
                                   strict=True))).values()  # fmt: skip
        wanted = made.simulation(*x)[0].numpy()
        # Float attention is summed in another order, which may turn the rounding of a result;
        # a kernel's weights have 8 bits.
        assert sqnr_db(wanted, y) > 35


def test_what_reads_integers_gets_integers_and_what_does_not_gets_floats():
    assert called(draft("torch attention").content) == [TO_INTEGERS]
    assert called(draft("grouped queries").content) == [TO_FLOAT]


def test_a_file_defines_only_what_it_calls_and_each_once():
    model = onnx.load_from_string(draft("vit, batch of 2").content)
    names = [function.name for function in model.functions]
    assert names.count(TO_INTEGERS) == 1
    assert sorted(names) == sorted(
        {node.op_type for node in model.graph.node if node.domain == DOMAIN}
    )
    assert not onnx.load_from_string(
        int8_draft(int8_form(rewritten("residual"), HERE), ranges_of("residual"), FUSED, HERE)
        .content
    ).functions  # fmt: skip


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("name", [TO_INTEGERS, TO_FLOAT])
def test_both_definitions_are_valid_onnx(name, biased):
    function = definition(name, biased=biased)
    attributes = ", ".join(function.attribute)
    assert attributes == "num_heads, scale"
    assert [(one.name, one.i) for one in function.attribute_proto] == [("planes", 1)]
    assert function.input[-1] == "bias"
    onnx.checker.check_function(function, _context(function))


def _context(function):
    context = onnx.checker.C.CheckerContext()
    context.ir_version = onnx.IR_VERSION
    context.opset_imports = {opset.domain: opset.version for opset in function.opset_import}
    return context


@pytest.mark.parametrize("rows", [1, 2], ids=["one for all heads", "one per head"])
def test_a_computed_bias_stays_float(rows):
    program = program_of(BiasedCore(rows), normal(2, 6, 8))
    samples = noise(program)
    made = int8_draft(program, calibrate(program, samples), FUSED, HERE)
    assert called(made.content) == [TO_FLOAT]
    session = open_session(made.content)
    [y] = session.run({session.inputs[0].name: samples[0][0].numpy()}).values()
    assert sqnr_db(made.simulation(*samples[0])[0].numpy(), y) > 35


def test_a_bias_is_written_out_for_every_head():
    """ONNX Runtime 1.19, the newest for Python 3.8, repeats a bias over the batch alone."""
    program = program_of(BiasedCore(1), normal(2, 6, 8))
    [core] = cores_of(program)
    with program.graph.inserting_before(core):
        assert shape(written_out(core)) == (2, 2, 6, 6)
    [size] = [n for n in definition(TO_FLOAT, biased=True).node if n.op_type == "Concat"]
    assert list(size.input) == ["heads", "tokens", "keys"]


def test_only_a_recipe_that_asks_for_it_fuses_the_core():
    program = int8_form(rewritten("causal"), VNNI, "fused")
    fused = {d.kind: d for d in place(program, FUSED, VNNI).values()}
    plain = {d.kind: d for d in place(program, RECIPES["int8-float-core"], VNNI).values()}
    assert fused["core"].precision == "int8"
    assert "edgeattn-kernels" in fused["core"].reason
    assert plain["core"].precision == "float"
    assert "no int8 attention kernel" in plain["core"].reason


def test_what_cannot_be_fused_stays_float():
    def attend(x):  # [windows, heads, tokens, width], with a mask of windows that is computed
        scores = (x @ (x + 1).transpose(2, 3)).view(2, 2, 2, 6, 6) + x[:2, None, :1, :6, :6]
        return scores.view(4, 2, 6, 6).softmax(-1) @ x

    program = int8_form(apply_passes(program_of(attend, normal(4, 2, 6, 8))), VNNI, "fused")
    precisions = {d.precision for d in place(program, FUSED, VNNI).values() if d.kind == "matmul"}
    assert precisions == {"float"}


class HalfMasked(nn.Module):
    """Two cores, and a mask of padding for the first one alone."""

    def forward(self, x):  # [2, 6, 8]
        mask = (x.mean(-1) > 0.2)[:, None, None, :] * -30.0
        return E.multi_head_attention(
            x, E.multi_head_attention(x, x * 2, x + 1, mask, 2, 0.5), x, None, 2, 0.5
        )


@pytest.mark.parametrize("recipe", [FUSED, FLOAT], ids=lambda recipe: recipe.name)
def test_a_bias_that_repeats_is_written_out_where_another_core_has_none(recipe):
    program = program_of(HalfMasked(), normal(2, 6, 8))
    samples = noise(program)
    made = int8_draft(program, calibrate(program, samples), recipe, HERE)
    session = open_session(made.content)
    [y] = session.run({session.inputs[0].name: samples[0][0].numpy()}).values()
    assert sqnr_db(made.simulation(*samples[0])[0].numpy(), y) > 35


@pytest.mark.parametrize("kernels", ["", "off"], ids=["with the library", "without"])
@pytest.mark.parametrize("masked", [0, 3, 8], ids=["no padding", "padding", "nothing else"])
def test_padding_is_not_seen_however_much_there_is(masked, kernels, monkeypatch):
    monkeypatch.setenv("EDGEATTN_KERNELS", kernels)
    made = draft("bert, boolean mask")
    ids, mask = torch.arange(16).reshape(2, 8), torch.ones(2, 8, dtype=torch.int64)
    mask[1, 8 - masked :] = 0
    [y] = open_session(made.content).run(
        {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
    ).values()  # fmt: skip
    assert np.isfinite(y).all()
    assert sqnr_db(made.simulation(ids, mask)[0].numpy(), y) > 35
    assert sqnr_db(made.exact(ids, mask)[0].numpy(), y) > 25  # 8 keys of 16 channels, in int8
    if 0 < masked < 8:  # what padding holds makes no difference to what it pads
        ids[1, 8 - masked :] = 29
        [again] = open_session(made.content).run(
            {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
        ).values()  # fmt: skip
        np.testing.assert_array_equal(again, y)


@pytest.mark.parametrize("planes", [1, 2])
def test_the_planes_of_a_core_stand_at_its_operator(planes):
    exact = int8_form(rewritten("causal"), VNNI, FUSED.core)
    quantised = quantize(exact, ranges_of("causal"), FUSED, VNNI).program
    for core in cores_of(quantised):
        core.meta[PLANES] = planes
    content = lower(quantised)
    graph = onnx.load_from_string(content).graph
    [node] = [n for n in graph.node if n.op_type in (TO_INTEGERS, TO_FLOAT)]
    found = {one.name: one.i for one in node.attribute if one.name == "planes"}
    assert found == ({} if planes == 1 else {"planes": 2})
    x = noise(quantised, count=1)[0]
    [y] = open_session(content).run({"x": x[0].numpy()}).values()
    assert sqnr_db(quantised(*x)[0].numpy(), y) > 35


def test_the_simulation_rounds_queries_keys_and_values_but_not_the_scores():
    made = draft("causal", VNNI)
    with torch.no_grad():
        [x] = noise(made.simulation, count=1)
        exact, rounded = made.exact(*x)[0].numpy(), made.simulation(*x)[0].numpy()
    assert 30 < sqnr_db(exact, rounded) < 60
