import pytest

from edgeattn_converters.range_method import RangeMethod
from edgeattn_converters.recipe import FLOAT, RECIPES, Recipe, read_recipe
from edgeattn_runtime.errors import BadInput, BadUsage


@pytest.mark.parametrize("name", RECIPES)
def test_a_named_recipe_carries_its_name(name):
    assert read_recipe(name) == RECIPES[name]
    assert RECIPES[name].name == name


def test_the_float_recipe_quantises_nothing():
    assert not FLOAT.int8


def test_what_was_decided_is_part_of_a_variants_name():
    both = RECIPES["int8"].variants(("int8", "float"), ("static", "dynamic"))
    assert [(one.name, one.core, one.linears) for one in both] == [
        ("int8-core", "int8", "static"),
        ("int8-float-core", "float", "static"),
        ("int8-core-dynamic", "int8", "dynamic"),
        ("int8-float-core-dynamic", "float", "dynamic"),
    ]
    decided = Recipe(name="mine", core="int8", linears="static")
    assert list(decided.variants(("float",), ("dynamic",))) == [decided]


def test_a_file_gives_layers_a_precision_in_order(tmp_path):
    path = tmp_path / "mixed.toml"
    path.write_text('linears = "static"\n[layers]\n"blocks.*.mlp.0" = "dynamic"\nhead = "float"\n')
    assert read_recipe(str(path)).layers == (("blocks.*.mlp.0", "dynamic"), ("head", "float"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('linears = "lively"', "linears is 'lively'; choose from"),
        ('[layers]\nhead = "int3"', "gives head the precision 'int3'; choose from int8, dynamic"),
    ],
)
def test_a_word_nobody_knows_is_refused(tmp_path, text, said):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(BadUsage, match=said):
        read_recipe(str(path))


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
        ("layers = 3", "layers is 3; give a table"),
        ("[layers]\nhead = 8", "give a table such as"),
        ('percentile = "99"', "percentile is '99'; give a number"),
        ("percentile = true", "percentile is True; give a number"),
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


def test_a_file_chooses_range_method_and_rounding(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('calibration = "percentile"\npercentile = 99.9\nweight_rounding = "gptq"\n')
    recipe = read_recipe(str(path))
    assert recipe.range_method == RangeMethod("percentile", 99.9)
    assert recipe.weight_rounding == "gptq"


def test_an_unknown_rounding_or_range_method_is_refused():
    with pytest.raises(BadUsage, match="weight_rounding is 'up'; choose from nearest, gptq"):
        Recipe(name="odd", weight_rounding="up")
    with pytest.raises(BadUsage, match="calibration is 'ema'; choose from minmax"):
        Recipe(name="odd", calibration="ema")
