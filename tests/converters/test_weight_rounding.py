"""GPTQ on whole Programs: every layer errs less, nothing but its integers changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from edgeattn_converters import weight_rounding
from edgeattn_converters.gptq import output_error
from edgeattn_converters.input_moments import by_group, input_moments
from edgeattn_converters.operands import stored
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.policies import LITERT_XNNPACK
from edgeattn_converters.program import Program
from edgeattn_converters.quantize import quantize
from edgeattn_converters.recipe import Recipe
from edgeattn_converters.weight_rounding import round_weights
from edgeattn_runtime.accuracy import sqnr_db
from tests.converters.programs import MODELS
from tests.converters.quantised import (
    HERE,
    LITERT,
    answers,
    decibels,
    exact,
    lower,
    noise,
    quantised,
    ranges_of,
    simulated,
)

CASES = [("hybrid", LITERT, 127), ("residual", LITERT, 7), ("vit", HERE, 63), ("tied", LITERT, 127)]


def rounded(name: str, policy=LITERT, levels: int = 127) -> tuple[Program, Program, Program]:
    """Return a model exact, quantised to the nearest integers, and rounded by GPTQ."""
    policy = replace(policy, weight_levels=levels)
    program = exact(name, policy)
    recipe = Recipe(name="test", core="float")
    plain = quantize(program, ranges_of(name), recipe, policy).program
    return program, plain, round_weights(program, plain, noise(program), bias_follows=False)


def layers(program: Program) -> dict[str, torch.fx.Node]:
    return {node.name: node for node in program.graph.nodes if kind(node) in HAS_WEIGHTS}


@pytest.mark.parametrize(("name", "policy", "levels"), CASES)
def test_no_layer_errs_more_on_what_it_reads(name, policy, levels) -> None:
    program, plain, found = rounded(name, policy, levels)
    nodes = layers(plain)
    moments = input_moments(plain, list(nodes.values()), noise(program))
    gains = []
    for layer, node in nodes.items():
        errors = []
        for side in (plain, found):
            real = layers(side)[layer].args[1]
            scales, integers = stored(side, real, 1), stored(side, real, 0)
            assert integers.abs().max() <= levels
            weight = integers * scales.reshape(-1, *[1] * (integers.ndim - 1))
            error = weight.double() - stored(program, layers(program)[layer], 1).double()
            errors.append(output_error(by_group(node, error), moments[node].products).sum())
        assert errors[1] <= errors[0] * (1 + 1e-9)
        gains.append(float(errors[0] / errors[1].clamp(min=1e-30)))
    assert max(gains) > 1.2


def test_four_bit_weights_gain_decibels_on_inputs_not_seen() -> None:
    program, plain, found = rounded("hybrid", levels=7)
    unseen = noise(program, 8, seed=9)
    truth = simulated(program, unseen)
    assert sqnr_db(truth, simulated(found, unseen)) > sqnr_db(truth, simulated(plain, unseen)) + 1


def test_only_integers_change() -> None:
    _, plain, found = rounded("hybrid")
    before, after = (
        dict(plain.graph_module.named_buffers()),
        dict(found.graph_module.named_buffers()),
    )
    changed = {name for name in before if name not in after}
    assert changed
    assert all(name.endswith("_weight_int8") for name in changed)
    for name in before.keys() - changed:
        assert torch.equal(before[name], after[name])
    assert [n.name for n in plain.graph.nodes if n.op == "call_function"] == [
        n.name for n in found.graph.nodes if n.op == "call_function"
    ]


def test_the_input_is_left_untouched() -> None:
    program = quantised("residual", LITERT.name, "float").program
    text, count = str(program.graph), len(list(program.graph_module.buffers()))
    round_weights(exact("residual", LITERT), program, noise(program, 2), bias_follows=True)
    assert (str(program.graph), len(list(program.graph_module.buffers()))) == (text, count)


def test_layers_that_do_not_fit_at_once_give_the_same(monkeypatch) -> None:
    _, _, expected = rounded("hybrid")
    monkeypatch.setattr(weight_rounding, "MEMORY", 1)
    _, _, found = rounded("hybrid")
    sides = [dict(side.graph_module.named_buffers()) for side in (expected, found)]
    assert sides[0].keys() == sides[1].keys()
    assert all(torch.equal(sides[0][name], sides[1][name]) for name in sides[0])


@pytest.mark.parametrize("policy", [LITERT_XNNPACK, HERE], ids=lambda policy: policy.format)
def test_the_engine_computes_the_rounded_simulation(policy) -> None:
    program, _, found = rounded("hybrid", policy, policy.weight_levels)
    samples = noise(program, 4)
    promised = simulated(found, samples)
    run = answers(lower(found, policy), found, samples)
    assert decibels(promised, run) >= decibels(simulated(program, samples), promised)


def test_one_constant_sample_is_survived() -> None:
    program = exact("residual", LITERT)
    plain = quantised("residual", LITERT.name, "float").program
    flat = [tuple(torch.zeros_like(x) for x in MODELS["residual"]()[1])]
    found = round_weights(program, plain, flat, bias_follows=True)
    assert all(value.isfinite().all() for value in simulated_tensors(found))


def simulated_tensors(program: Program) -> list[torch.Tensor]:
    return [torch.from_numpy(simulated(program, noise(program, 1)))]
