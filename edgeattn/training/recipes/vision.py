"""How the zoo's models of photos are trained."""

from __future__ import annotations

from edgeattn.training.rand_augment import RandAugment
from edgeattn.training.recipe import TrainingRecipe

# What a model without a recipe of its own begins with.
USUAL = TrainingRecipe(augmentation=RandAugment())

VISION: dict[str, TrainingRecipe] = {"gesture-hybrid": TrainingRecipe()}
