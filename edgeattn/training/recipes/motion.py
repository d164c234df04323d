"""How the zoo's models of motion are trained."""

from __future__ import annotations

from edgeattn.training.augment_motion import MotionAugmentation
from edgeattn.training.recipe import TrainingRecipe

# What a model without a recipe of its own begins with.
USUAL = TrainingRecipe(augmentation=MotionAugmentation())

MOTION: dict[str, TrainingRecipe] = {}
