from __future__ import annotations

import copy

import pytest
import torch

from edgeattn.training.fake_quant_model import thawed
from edgeattn.training.fake_quantised import FakeQuantised
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.program import Program
from edgeattn_converters.quantize import quantize
from edgeattn_converters.recipe import Recipe
from edgeattn_converters.trained import Trained, places
from tests.converters.programs import rewritten
from tests.converters.quantised import noise, ranges_of

X86, LITERT, TENSORRT = "onnxruntime-x86-vnni", "litert-xnnpack", "tensorrt"
CASES = [
    ("hybrid", X86, "int8", "static"),  # ReLUs, folded batch norms, attention in int8
    ("hybrid", LITERT, "int8", "static"),
    ("hybrid", TENSORRT, "float", "static"),  # symmetric everywhere, pairs before operands
    ("vit", LITERT, "int8", "static"),  # GELU by table, LayerNorms, a class token
    ("vit", LITERT, "float", "w4"),
    ("bert, additive mask", X86, "float", "static"),  # embeddings, a mask
    ("tied", LITERT, "float", "static"),  # one weight, read twice
]


def both(name: str, policy: str, core: str, linears: str) -> tuple[Program, FakeQuantised, Program]:
    """Return a model of `MODELS`, thawed, and its quantised twin."""
    program, ranges = rewritten(name), ranges_of(name)
    recipe, chosen = Recipe(name="test", core=core, linears=linears), POLICIES[policy]
    model = thawed(program, ranges, recipe, chosen, [place for place, _ in places(program)])
    return program, model, quantize(program, ranges, recipe, chosen).program


@pytest.mark.parametrize(("name", "policy", "core", "linears"), CASES)
def test_it_rounds_as_the_quantised_program_bit_for_bit(
    name: str, policy: str, core: str, linears: str
) -> None:
    _, model, quantised = both(name, policy, core, linears)
    assert model.rounds
    for sample in noise(quantised, 3):
        assert torch.equal(model(*sample), quantised(*sample)[0])


@pytest.mark.parametrize(
    ("name", "policy", "core", "linears"), CASES[:-1]
)  # the last has two outputs
def test_gradients_reach_every_parameter(name: str, policy: str, core: str, linears: str) -> None:
    program, model, _ = both(name, policy, core, linears)
    for sample in noise(program, 2):
        model(*sample).square().sum().backward()
    silent = [
        parameter
        for parameter, value in model.named_parameters()
        if value.grad is None or not bool(value.grad.isfinite().all()) or not value.grad.any()
    ]
    assert silent == []


@pytest.mark.parametrize("policy", [X86, LITERT])
def test_what_was_trained_freezes_to_the_same_numbers(policy: str) -> None:
    """Weights and ranges move; the quantised Program made of them still answers bit for bit."""
    program, model, _ = both("hybrid", policy, "int8", "static")
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for sample in noise(program, 4):
        optimizer.zero_grad()
        (model(*sample) - 1).square().sum().backward()
        optimizer.step()
    ranges = ranges_of("hybrid")
    moved = type(ranges)({**ranges.bounds, **model.bounds()}, "qat")
    assert moved.bounds != ranges.bounds
    found = Trained(model.constants(), moved).applied_to(program)
    recipe = Recipe(name="test", core="int8", linears="static")
    frozen = quantize(found, moved, recipe, POLICIES[policy]).program
    for sample in noise(program, 3, seed=7):
        assert torch.equal(model(*sample), frozen(*sample)[0])


def test_its_input_stays_untouched() -> None:
    program = rewritten("hybrid")
    before = str(program.graph), {k: v.clone() for k, v in program.graph_module.named_buffers()}
    _, model, _ = both("hybrid", LITERT, "int8", "static")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1.0)
    assert str(program.graph) == before[0]
    assert all(torch.equal(v, before[1][k]) for k, v in program.graph_module.named_buffers())


def test_only_what_is_wanted_is_trained() -> None:
    program, ranges = rewritten("vit"), ranges_of("vit")
    wanted = [place for place, _ in places(program) if place.startswith("head")]
    recipe = Recipe(name="test", core="int8", linears="static")
    model = thawed(program, ranges, recipe, POLICIES[LITERT], wanted)
    assert set(model.constants()) == set(wanted)
    sample = noise(program, 1)[0]
    assert torch.equal(
        model(*sample), quantize(program, ranges, recipe, POLICIES[LITERT]).program(*sample)[0]
    )


def test_a_copy_has_parameters_of_its_own() -> None:
    """The running mean of the weights is a copy; ranges that it shared would be averaged away."""
    program, model, _ = both("hybrid", LITERT, "int8", "static")
    sample = noise(program, 1)[0]
    other = copy.deepcopy(model)
    before = model(*sample)
    assert torch.equal(other(*sample), before)
    with torch.no_grad():
        for learned in other.ranges.parameters():
            learned.sub_(0.05)
    assert not torch.equal(other(*sample), before)
    assert torch.equal(model(*sample), before)


def test_any_number_of_samples_can_be_asked_for() -> None:
    program, model, _ = both("vit, batch of 2", X86, "float", "static")
    x = torch.cat([sample[0] for sample in noise(program, 3)])[:5]
    assert model(x).shape[0] == 5
    # Bit for bit: the same batches of two, the last one filled up.
    expected = [model(x[:2]), model(x[2:4]), model(torch.stack([x[4], x[4]]))[:1]]
    assert torch.equal(model(x), torch.cat(expected))
