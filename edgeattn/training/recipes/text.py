"""How the zoo's models of text are trained."""

from __future__ import annotations

from dataclasses import replace

from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.vary import TextAugmentation

# What a model without a recipe of its own begins with.
USUAL = TrainingRecipe(augmentation=TextAugmentation(), dropout=0.1)

# Few sentences and many classes: as much dropout as the validation sentences like.
INTENT = TrainingRecipe(
    augmentation=TextAugmentation(dropped=0.15),
    dropout=0.3,
    batch=64,
    learning_rate=3e-3,
    warm_up_epochs=1,
    epochs=20,
)

# Its numbers looked up are dropped too, so the layers behind need less of it.
BANKING = replace(INTENT, augmentation=TextAugmentation(), dropout=0.2)

TEXT: dict[str, TrainingRecipe] = {
    "intent-banking77": BANKING,
    "intent-clinc150": INTENT,
    "intent-bag": INTENT,
}
