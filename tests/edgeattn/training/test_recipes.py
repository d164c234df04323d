from __future__ import annotations

from edgeattn.models.catalog import ZOO
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.recipes import BY_KIND, RECIPES, recipe_for
from edgeattn.training.vary import KINDS


def test_recipes_are_for_models_of_the_zoo() -> None:
    assert set(RECIPES) <= set(ZOO)


def test_a_model_without_a_recipe_gets_that_of_its_kind() -> None:
    assert recipe_for("gesture-hybrid", "photos") == TrainingRecipe()
    for kind, recipe in BY_KIND.items():
        assert recipe_for("unheard of", kind) == recipe
        assert KINDS[type(recipe.augmentation)] == kind
