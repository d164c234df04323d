from dataclasses import replace

import torch
from torch import nn

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.drafts import int8_draft, int8_form
from edgeattn_converters.recipe import RECIPES, read_recipe
from edgeattn_converters.recipe_text import recipe_text
from tests.converters.quantised import HERE, answers, decibels, noise, program_of, simulated
from tests.converters.search.subjects import subject

FLOATS = ("float",) * 7


def test_mixes_that_place_alike_are_one():
    one = subject()
    dynamic_twice = ("int8", "int8", "dynamic", "int8", "int8", "int8", "int8")
    assert one.precisions(dynamic_twice) != one.precisions(("int8",) * 7)
    assert set(one.precisions(FLOATS)) == {"float"}


def test_a_quick_file_places_what_the_real_one_does():
    one, mix = subject(), ("int8",) * 6 + ("float",)
    quick, real = one.quick_draft(mix), one.draft(mix, "real")
    assert [each.precision for each in quick.decisions] == [
        each.precision for each in real.decisions
    ]
    assert quick.content != real.content, "its biases are not corrected"


def test_a_reason_goes_to_every_operator_of_its_group():
    one = subject()
    draft = one.explained(one.draft(("int8",) * 7, "t"), {"attention.qkv": "because"})
    assert [each.layer for each in draft.decisions if each.reason == "because"] == [
        "attention.qkv"
    ] * 3


def test_the_recipe_of_a_mix_makes_its_file_again_out_of_a_text(tmp_path):
    one, mix = subject(), ("float", "int8", "dynamic", "int8", "float", "int8", "float")
    path = tmp_path / "recipe.tflite.toml"
    path.write_text(recipe_text(one.recipe_of(mix, "int8-mix-1")), encoding="utf-8")
    again = read_recipe(str(path))
    assert again == one.recipe_of(mix, "int8-mix-1")
    [variant] = again.variants(one.policy.cores, one.policy.linears)
    assert variant == again, "nothing is left to measure"


class Sum(nn.Module):
    """Linears around a sum that runs in int8: one of them reads it."""

    def __init__(self):
        super().__init__()
        self.before, self.inside, self.behind = (nn.Linear(16, 16) for _ in range(3))

    def forward(self, x):
        x = self.before(x)
        return self.behind(x + self.inside(x.softmax(-1)))


def test_a_dynamic_linear_may_feed_an_int8_sum_on_onnx_runtime():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        program = program_of(Sum(), torch.zeros(1, 12, 16))
    samples = noise(program)
    ranges = calibrate(program, samples)
    recipe = replace(RECIPES["int8"], layers=(("inside", "dynamic"),))
    draft = int8_draft(int8_form(program, HERE), ranges, recipe, HERE, samples)
    placed = {each.layer or each.kind: each.precision for each in draft.decisions}
    assert (placed["inside"], placed["add"]) == ("dynamic", "int8")
    wanted = simulated(draft.simulation, samples)
    assert decibels(wanted, answers(draft.content, program, samples)) > 35
