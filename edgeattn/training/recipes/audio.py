"""How the zoo's models of audio are trained."""

from __future__ import annotations

from edgeattn.training.augment_audio import AudioAugmentation
from edgeattn.training.recipe import TrainingRecipe

# What a model without a recipe of its own begins with.
USUAL = TrainingRecipe(augmentation=AudioAugmentation())

AUDIO: dict[str, TrainingRecipe] = {}
