from __future__ import annotations

import pytest

from edgeattn.training.recipe import TrainingRecipe


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"epochs": 0}, "epochs is 0; give at least 1"),
        ({"batch": -1}, "batch is -1; give at least 1"),
        ({"threads": 0}, "threads is 0; give at least 1"),
        ({"learning_rate": 0.0}, r"learning_rate is 0\.0; give more than 0"),
        ({"average": 1.0}, r"average is 1\.0; give 0"),
        ({"dropout": 1.0}, r"dropout is 1\.0; give 0"),
        ({"mixup": float("nan")}, "mixup is nan; give 0"),
        ({"cutmix": -0.1}, r"cutmix is -0\.1; give 0"),
        ({"temperature": 0.0}, r"temperature is 0\.0; give more than 0"),
        ({"teacher_weight": 1.5}, r"teacher_weight is 1\.5; give 0 to 1"),
        ({"patience": 0}, "patience is 0; give at least 1"),
        ({"masked": 1.0}, r"masked is 1\.0; give a share between 0 and 1"),
    ],
)
def test_a_recipe_that_cannot_train_is_refused(choice: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingRecipe(**choice)  # type: ignore[arg-type]
