from __future__ import annotations

import pytest

from edgeattn.models.catalog import ZOO
from edgeattn.training.recipe import RECIPES, TrainingRecipe


def test_every_model_of_the_zoo_has_a_recipe() -> None:
    assert set(RECIPES) == set(ZOO)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"epochs": 0}, "epochs is 0; give at least 1"),
        ({"batch": -1}, "batch is -1; give at least 1"),
        ({"threads": 0}, "threads is 0; give at least 1"),
        ({"learning_rate": 0.0}, r"learning_rate is 0\.0; give more than 0"),
        ({"average": 1.0}, r"average is 1\.0; give 0"),
    ],
)
def test_a_recipe_that_cannot_train_is_refused(choice: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingRecipe(**choice)  # type: ignore[arg-type]
