"""How the zoo's models of text are trained."""

from __future__ import annotations

from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.vary import TextAugmentation

# What a model without a recipe of its own begins with.
USUAL = TrainingRecipe(augmentation=TextAugmentation(), dropout=0.1)

# Few sentences and many classes: without much dropout they are learnt by heart.
INTENT = TrainingRecipe(
    augmentation=TextAugmentation(dropped=0.15),
    dropout=0.3,
    batch=64,
    learning_rate=3e-3,
    warm_up_epochs=1,
    epochs=20,
)

TEXT: dict[str, TrainingRecipe] = {
    "intent-banking77": INTENT,
    "intent-clinc150": INTENT,
    "intent-bag": INTENT,
}
