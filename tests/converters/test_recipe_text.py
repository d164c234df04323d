from dataclasses import replace

import pytest

from edgeattn_converters.recipe import RECIPES, read_recipe
from edgeattn_converters.recipe_text import recipe_text

INT8 = RECIPES["int8"]


@pytest.mark.parametrize(
    "recipe",
    [
        INT8,
        RECIPES["int8-scores"],
        replace(INT8, keep_float=("stem.*", 'a "quoted" name'), calibration="percentile"),
        replace(INT8, layers=(("b", "float"), ("a", "int8"), ("*", "dynamic"))),
        replace(INT8, name="größer", bias_correction=False, weight_rounding="gptq"),
    ],
    ids=["int8", "scores", "keep_float", "layers", "other fields"],
)
def test_a_recipe_survives_its_text(tmp_path, recipe):
    path = tmp_path / "recipe.toml"
    path.write_text(recipe_text(recipe), encoding="utf-8")
    assert read_recipe(str(path)) == recipe


def test_the_first_rule_of_a_pattern_is_the_one_that_counts(tmp_path):
    path = tmp_path / "recipe.toml"
    twice = replace(INT8, layers=(("a", "float"), ("b", "int8"), ("a", "dynamic")))
    path.write_text(recipe_text(twice), encoding="utf-8")
    assert read_recipe(str(path)).layers == (("a", "float"), ("b", "int8"))


def test_the_head_is_a_comment():
    assert recipe_text(INT8, "How it was made\nand why").startswith(
        "# How it was made\n# and why\nname = "
    )
