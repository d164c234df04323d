from dataclasses import replace

import pytest

from edgeattn_converters.placement import place
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.recipe import RECIPES
from edgeattn_converters.search.groups import groups_of, mix_of, recipe_of, switched
from tests.converters.quantised import LITERT, VNNI, exact

INT8 = RECIPES["int8"]


def groups(name="hybrid", policy=LITERT, recipe=INT8, largest=32):
    return groups_of(exact(name, policy), recipe, policy, largest)


def test_a_layer_is_a_group_and_an_attention_core_is_two():
    found = {group.name: group.part for group in groups()}
    assert found == {
        "stem.0.0": "conv", "stem.2.0": "conv", "attention.qkv": "linear",
        "attention QK'": "scores", "attention PV": "values", "attention.out": "linear",
        "head": "linear",
    }  # fmt: skip


def test_query_key_and_value_switch_together():
    [qkv] = [group for group in groups() if group.name == "attention.qkv"]
    assert len(qkv.members) == 3
    assert qkv.patterns == ("attention.qkv",)


def test_the_choices_are_those_of_the_engine():
    found = {group.name: group.choices for group in groups()}
    assert found["stem.0.0"] == ("int8", "float"), "no convolution has dynamic ranges"
    assert found["attention.qkv"] == ("int8", "dynamic", "float")
    assert found["attention PV"] == ("int8", "float")
    names = {group.part for group in groups(policy=VNNI)}
    assert not names & {"scores", "values"}, "ONNX Runtime gains nothing from an int8 core"


@pytest.mark.parametrize(
    ("recipe", "group", "left"),
    [
        (replace(INT8, keep_float=("stem.*",)), "stem.0.0", ()),
        (replace(INT8, layers=(("head", "float"),)), "head", ()),
        (replace(INT8, core="scores"), "attention PV", ()),
        (replace(INT8, core="scores"), "attention QK'", ("int8", "float")),
        (replace(INT8, linears="static"), "attention.out", ("int8", "float")),
        (replace(INT8, linears="dynamic"), "attention.out", ("dynamic", "float")),
        (replace(INT8, linears="w4"), "attention.out", ("dynamic", "w4", "float")),
        (RECIPES["int8-float-core"], "attention QK'", ()),
    ],
)
def test_what_the_user_decided_is_no_choice(recipe, group, left):
    found = {each.name: each.choices for each in groups(recipe=recipe)}
    assert found.get(group, ()) == left


@pytest.mark.parametrize("policy", ["litert-xnnpack", "onnxruntime-x86-vnni"])
@pytest.mark.parametrize("name", ["hybrid", "vit", "swin", "residual", "bert, additive mask"])
def test_a_recipe_gives_every_group_the_precision_of_its_mix(name, policy):
    policy = POLICIES[policy]
    program, found = exact(name, policy), groups(name, policy)
    floats = ("float",) * len(found)
    for group in found:
        for precision in group.choices:
            mix = switched(found, floats, group.name, precision)
            placed = place(program, recipe_of(INT8, found, mix, "t"), policy).values()
            assert mix_of(found, placed) == mix, f"{group.name} in {precision}"


def test_a_mix_is_read_back_from_what_a_uniform_variant_placed():
    found = groups()
    for variant in INT8.variants(LITERT.cores, LITERT.linears):
        placed = tuple(place(exact("hybrid", LITERT), variant, LITERT).values())
        again = recipe_of(INT8, found, mix_of(found, placed), "again")
        assert [
            one.precision for one in place(exact("hybrid", LITERT), again, LITERT).values()
        ] == [one.precision for one in placed]


def test_a_recipe_says_what_the_user_said_first():
    found = groups()
    recipe = recipe_of(replace(INT8, layers=(("stem.*", "int8"),)), found, ("float",) * 7, "t")
    assert recipe.layers[0] == ("stem.*", "int8")
    assert (recipe.core, recipe.linears) == ("int8", "static")


def test_deep_models_are_merged_by_block():
    merged = groups("vit", largest=5)
    assert len(merged) <= 5
    assert "block" in {group.name for group in merged}
    every = {member for group in groups("vit") for member in group.members}
    assert {member for group in merged for member in group.members} == every


def test_layers_without_paths_are_merged_in_order():
    program = exact("vit", LITERT).copy()
    for node in program.graph.nodes:
        node.meta["layer"] = ""
    merged = groups_of(program, INT8, LITERT, 4)
    every = sum(len(group.members) for group in groups("vit"))
    assert sum(len(group.members) for group in merged) == every
    assert len(merged) < every


def test_operators_that_share_a_layer_are_named_one_by_one():
    [scores] = [group for group in groups() if group.part == "scores"]
    assert scores.patterns == scores.members


def test_a_model_with_nothing_to_switch_has_no_groups():
    assert groups(recipe=replace(INT8, int8=False)) == ()
