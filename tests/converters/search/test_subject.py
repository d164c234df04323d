from edgeattn_converters.drafts import int8_draft
from edgeattn_converters.recipe import RECIPES, read_recipe
from edgeattn_converters.recipe_text import recipe_text
from edgeattn_converters.search.groups import groups_of, recipe_of, switched
from tests.converters.quantised import (
    HERE,
    answers,
    decibels,
    exact,
    noise,
    ranges_of,
    simulated,
)
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


def test_a_dynamic_linear_may_feed_an_int8_sum_on_onnx_runtime():
    program = exact("vit", HERE)
    found = groups_of(program, RECIPES["int8"], HERE)
    names = {group.name for group in found if "dynamic" in group.choices}
    assert names
    for name in sorted(names):
        mix = switched(found, tuple(group.choices[0] for group in found), name, "dynamic")
        recipe = recipe_of(RECIPES["int8"], found, mix, "t")
        draft = int8_draft(program, ranges_of("vit"), recipe, HERE)
        samples = noise(program)
        wanted = simulated(draft.simulation, samples)
        assert decibels(wanted, answers(draft.content, program, samples)) > 35, name
