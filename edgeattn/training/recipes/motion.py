"""How the zoo's models of motion are trained."""

from __future__ import annotations

from edgeattn.training.augment_motion import MotionAugmentation
from edgeattn.training.recipe import TrainingRecipe

# What a model without a recipe of its own begins with.
USUAL = TrainingRecipe(augmentation=MotionAugmentation())

# Chosen on people who train and validate, in turns left out. Nothing is turned: the models look at
# dot products, which a turn leaves alone. Mixed windows teach that a label is a majority; more
# epochs learn the labels of windows that are half one thing and half another by heart.
ACTIVITIES = TrainingRecipe(
    epochs=16,
    batch=64,
    learning_rate=3e-3,
    warm_up_epochs=1.0,
    average=0.98,
    mixup=0.2,
    augmentation=MotionAugmentation(turn_degrees=0.0),
)

MOTION: dict[str, TrainingRecipe] = {
    f"motion-{body}{device}": ACTIVITIES
    for body in ("hybrid", "cnn", "gru")
    for device in ("", "-watch")
}
