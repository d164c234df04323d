"""How the zoo's models of text are trained."""

from __future__ import annotations

from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.vary import TextAugmentation

# What a model without a recipe of its own begins with.
USUAL = TrainingRecipe(augmentation=TextAugmentation(), dropout=0.1)

TEXT: dict[str, TrainingRecipe] = {}
