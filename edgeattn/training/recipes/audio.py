"""How the zoo's models of audio are trained."""

from __future__ import annotations

from edgeattn.training.augment_audio import AudioAugmentation
from edgeattn.training.recipe import TrainingRecipe

# What a model without a recipe of its own begins with.
USUAL = TrainingRecipe(augmentation=AudioAugmentation())

# Five speakers are few: formants and microphone are changed as well, so that they sound like more.
# After ten epochs the microphone gains 5 points on two voices nobody heard and the formants cost 3,
# one training each (docs/measurements/voices.md); the checkpoints that ship had both.
KEYWORDS = TrainingRecipe(
    epochs=30,
    learning_rate=3e-3,
    augmentation=AudioAugmentation(formants=0.2, equaliser_db=10.0),
)

AUDIO: dict[str, TrainingRecipe] = {
    "keyword-hybrid": KEYWORDS,
    "keyword-cnn": KEYWORDS,
    "keyword-gru": KEYWORDS,
}
