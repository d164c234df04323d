from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from edgeattn_converters.calibrate import Ranges
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.program import constant
from edgeattn_converters.recipe import RECIPES
from edgeattn_converters.trained import Trained, places
from edgeattn_runtime.errors import BrokenModel
from tests.converters.programs import rewritten
from tests.converters.quantised import Calls, noise, program_of

RANGES = Ranges(
    {"x": (-1.0, 2.0), "y": (0.0, 1.0)}, "qat", ("ab",), {"y": (0.0, 3.0)}, frozenset("y")
)


def constants(name):
    program = rewritten(name)
    return program, {place: constant(program, node) for place, node in places(program)}


@pytest.mark.parametrize("name", ["hybrid", "vit", "bert, additive mask", "tied"])
def test_constants_put_back_give_the_same_numbers(name):
    program, found = constants(name)
    applied = Trained(found, RANGES).applied_to(program)
    for sample in noise(program, 2):
        assert torch.equal(applied(*sample)[0], program(*sample)[0])


def test_trained_constants_replace_those_of_the_model():
    program, found = constants("hybrid")
    place = next(place for place in found if place.endswith("linear:1"))
    changed = Trained({place: found[place] + 1}, RANGES).applied_to(program)
    assert torch.equal(
        {p: constant(changed, n) for p, n in places(changed)}[place], found[place] + 1
    )
    sample = noise(program, 1)[0]
    assert not torch.equal(changed(*sample)[0], program(*sample)[0])


def test_the_program_it_is_applied_to_stays_untouched():
    program, found = constants("hybrid")
    before = str(program.graph), program(*noise(program, 1)[0])[0]
    Trained({place: value + 1 for place, value in found.items()}, RANGES).applied_to(program)
    assert str(program.graph) == before[0]
    assert torch.equal(program(*noise(program, 1)[0])[0], before[1])


def test_a_layer_without_a_bias_can_get_one():
    program = program_of(nn.Linear(3, 2, bias=False), torch.zeros(1, 3))
    (place,) = (place for place, _ in places(program))
    name = place.partition(":")[0]
    applied = Trained({f"{name}:2": torch.tensor([1.0, 2.0])}, RANGES).applied_to(program)
    assert applied(torch.zeros(1, 3))[0].tolist() == [[1.0, 2.0]]


def test_a_weight_that_layers_share_is_stored_once():
    weight = nn.Parameter(torch.eye(2))
    program = program_of(Calls(lambda x: (x @ weight).relu() @ weight), torch.ones(1, 2))
    found = {place: constant(program, node) for place, node in places(program)}
    assert len(found) == 2
    shared = torch.full((2, 2), 0.5)
    applied = Trained(dict.fromkeys(found, shared), RANGES).applied_to(program)
    assert len(list(applied.graph_module.buffers())) == 1
    assert applied(torch.ones(1, 2))[0].tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("nobody:1", torch.zeros(2, 3)),
        ("linear", torch.zeros(2, 3)),
        ("linear:0", torch.zeros(1, 3)),  # an activation
        ("linear:7", torch.zeros(2, 3)),
        ("linear:1", torch.zeros(3, 2)),
        ("linear:1", torch.zeros(2, 3, dtype=torch.float64)),
    ],
)
def test_constants_of_another_model_are_refused(place, value):
    program = program_of(nn.Linear(3, 2), torch.zeros(1, 3))
    assert {place.partition(":")[0] for place, _ in places(program)} == {"linear"}
    with pytest.raises(BrokenModel, match=r"has no such weight there.*train again"):
        Trained({place: value}, RANGES).applied_to(program)


def test_a_checkpoint_gives_back_what_it_was_given():
    _, found = constants("hybrid")
    given = Trained(found, RANGES, ("one", "two"))
    back = Trained.from_plain(given.to_plain(), "model.pt")
    assert back.ranges == given.ranges
    assert back.policies == given.policies
    assert all(torch.equal(back.constants[place], value) for place, value in found.items())


@pytest.mark.parametrize(
    "damage",
    [
        {"bounds": {"x": [2.0, 1.0]}},
        {"bounds": {"x": [0.0, math.inf]}},
        {"bounds": {"x": [math.nan, 1.0]}},
        {"bounds": {"x": 3}},
        {"constants": {"linear:1": torch.tensor([math.nan])}},
        {"constants": {"linear:1": "no tensor"}},
        {"constants": 5},
        {"samples": None},
    ],
    ids=str,
)
def test_damage_is_refused_by_the_name_of_its_file(damage):
    plain = Trained({}, RANGES).to_plain()
    with pytest.raises(BrokenModel, match=r"model\.pt: .*train again"):
        Trained.from_plain({**plain, **damage}, "model.pt")


def test_what_is_missing_is_refused():
    with pytest.raises(BrokenModel, match="damaged"):
        Trained.from_plain({}, "model.pt")


def test_a_range_says_in_calibration_json_that_it_was_trained():
    tensors = RANGES.to_json()["tensors"]
    assert tensors["x"]["method"] == "qat"
    assert tensors["y"]["method"] == "minmax"


def test_an_engine_that_was_not_trained_for_is_named():
    found = Trained({}, RANGES, ("onnxruntime-x86-vnni", "litert-xnnpack"))
    alike = [POLICIES[name] for name in ("onnxruntime-arm", "litert-xnnpack")]
    assert found.warning(alike) is None  # ARM rounds as VNNI does
    coarse = found.warning([POLICIES["onnxruntime-x86"]])  # weights of 7 bits
    assert coarse is not None
    assert "litert-xnnpack, and onnxruntime-x86 rounds otherwise" in coarse


def test_a_recipe_changes_nothing_behind_the_training():
    recipe = Trained({}, RANGES).fitting(RECIPES["w4"])
    assert recipe.linears == "w4"
    assert recipe.weight_rounding == "nearest"
    assert not any((recipe.bias_correction, recipe.equalise, recipe.centre_keys, recipe.smooth))
