"""The recipe of every model of the zoo, a file for each kind of sample."""

from __future__ import annotations

from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.recipes import audio, motion, text, vision

RECIPES: dict[str, TrainingRecipe] = {
    **vision.VISION,
    **audio.AUDIO,
    **motion.MOTION,
    **text.TEXT,
}

# What a model without a recipe of its own begins with, by the kind of its samples.
BY_KIND: dict[str, TrainingRecipe] = {
    "photos": vision.USUAL,
    "audio": audio.USUAL,
    "motion": motion.USUAL,
    "text": text.USUAL,
}


def recipe_for(model: str, kind: str) -> TrainingRecipe:
    """Return the model's own recipe, or the one for samples of that kind."""
    return RECIPES.get(model, BY_KIND[kind])
