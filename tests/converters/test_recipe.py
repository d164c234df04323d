import pytest

from edgeattn_converters.recipe import FLOAT, RECIPES, Recipe, read_recipe
from edgeattn_runtime.errors import BadInput, BadUsage


@pytest.mark.parametrize("name", RECIPES)
def test_a_named_recipe_carries_its_name(name):
    assert read_recipe(name) == RECIPES[name]
    assert RECIPES[name].name == name


def test_the_float_recipe_quantises_nothing():
    assert not FLOAT.int8


def test_a_decided_core_is_part_of_the_name():
    assert [RECIPES["int8"].with_core(core).name for core in ("int8", "scores", "float")] == [
        "int8-core",
        "int8-scores",
        "int8-float-core",
    ]
    assert RECIPES["int8-core"].with_core("int8") is RECIPES["int8-core"]


def test_a_file_says_what_it_changes(tmp_path):
    path = tmp_path / "gentle.toml"
    path.write_text('keep_float = ["head", "blocks.0.*"]\ncore = "float"\n')
    assert read_recipe(str(path)) == Recipe(
        name="gentle", keep_float=("head", "blocks.0.*"), core="float"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keep_floats = []", "sets 'keep_floats'; a recipe knows"),
        ('keep_float = "head"', "give a list of layer patterns"),
        ("keep_float = [1]", "give a list of layer patterns"),
        ('int8 = "yes"', "give true or false"),
        ("int8 = ", "cannot be read"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(tmp_path, text, said):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        read_recipe(str(path))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read_recipe(str(tmp_path / "none.toml"))


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(BadUsage, match="did you mean int8-scores"):
        read_recipe("int8-score")
    with pytest.raises(BadUsage, match=r"choose from int8, .* or name a \.toml file"):
        read_recipe("zzz")


def test_an_unknown_core_is_refused():
    with pytest.raises(BadUsage, match="core is 'fp16'; choose from measure, int8, scores, float"):
        Recipe(name="odd", core="fp16")
