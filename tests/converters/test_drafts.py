import pytest
import torch

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.drafts import drafts
from edgeattn_converters.recipe import FLOAT, RECIPES, Recipe
from tests.converters.programs import captured, rewritten
from tests.converters.quantised import LITERT, VNNI, noise, program_of, ranges_of


def made(name, recipe, policy):
    return list(drafts(captured(name), rewritten(name), ranges_of(name), recipe, policy))


def test_onnx_gets_a_stock_export_a_float_file_and_one_int8_file():
    found = made("torch attention", RECIPES["int8"], VNNI)
    assert [draft.key for draft in found] == ["onnx stock", "onnx fp32", "onnx int8-float-core"]
    assert [draft.stock for draft in found] == [True, False, False]
    assert [draft.file for draft in found[1:]] == ["model_fp32.onnx", "model_int8.onnx"]
    assert len(found[2].content) < len(found[1].content)


def test_litert_gets_a_variant_for_every_core_and_for_both_kinds_of_linears():
    found = made("torch attention", RECIPES["int8"], LITERT)
    assert [draft.recipe for draft in found] == [
        None, "int8-core", "int8-float-core", "int8-core-dynamic", "int8-float-core-dynamic",
    ]  # fmt: skip
    assert all(draft.audit is not None for draft in found[1:])


def test_a_decided_core_is_tried_alone():
    found = made("torch attention", RECIPES["int8-scores"], LITERT)
    assert [draft.recipe for draft in found] == [None, "int8-scores", "int8-scores-dynamic"]


def test_onnx_multiplies_the_core_in_int8_when_a_recipe_asks_for_it():
    [core] = made("torch attention", RECIPES["int8-core"], VNNI)[2:]
    [fused] = made("torch attention", RECIPES["int8"], VNNI)[2:]
    assert core.recipe == "int8-core"
    assert core.audit.int8_mac_share == 1.0 > fused.audit.int8_mac_share


def test_without_attention_the_variants_are_one():
    assert len(made("residual", RECIPES["int8"], LITERT)) == 2


def test_a_float_recipe_makes_no_int8_file():
    assert [draft.precision for draft in made("residual", FLOAT, LITERT)] == ["fp32"]


def test_a_model_with_nothing_to_quantise_makes_no_int8_file():
    program = program_of(lambda x: x.softmax(-1), torch.zeros(1, 8))
    ranges = calibrate(program, noise(program))
    found = list(drafts(program, program, ranges, RECIPES["int8"], LITERT))
    assert [draft.precision for draft in found] == ["fp32"]


@pytest.mark.parametrize("policy", [VNNI, LITERT], ids=lambda policy: policy.name)
def test_the_same_model_gives_the_same_bytes(policy):
    first, second = (made("tied", RECIPES["int8"], policy) for _ in range(2))
    assert [draft.content for draft in first] == [draft.content for draft in second]


def test_a_recipe_can_ask_for_other_integers_of_the_same_size():
    samples = noise(rewritten("tied"), 4)
    plain, rounded = (
        list(
            drafts(
                captured("tied"), rewritten("tied"), ranges_of("tied"),
                Recipe(name="r", core="float", linears="static", weight_rounding=rounding),
                LITERT, samples,
            )
        )[-1].content
        for rounding in ("nearest", "gptq")
    )  # fmt: skip
    assert plain != rounded
    assert len(plain) == len(rounded)
