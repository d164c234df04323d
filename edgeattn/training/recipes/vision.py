"""How the zoo's models of photos are trained."""

from __future__ import annotations

from edgeattn.training.crop import CropAndMirror
from edgeattn.training.rand_augment import RandAugment
from edgeattn.training.recipe import TrainingRecipe

# What a model without a recipe of its own begins with.
USUAL = TrainingRecipe(augmentation=RandAugment())

# Few epochs: a large batch at a high rate, and photos changed little, since none is seen often.
CIFAR = TrainingRecipe(
    epochs=15,
    batch=128,
    learning_rate=3e-3,
    warm_up_epochs=1.0,
    average=0.995,
    augmentation=CropAndMirror(),
)

# Smaller, so longer: an epoch costs a third of gesture-hybrid's.
XS = TrainingRecipe(epochs=80)

# Learns from gesture-hybrid (`--teacher`): alone, it would have to find out from 1,216 photos that
# neighbouring pixels belong together.
VIT = TrainingRecipe(epochs=100, warm_up_epochs=5.0)

VISION: dict[str, TrainingRecipe] = {
    "gesture-hybrid": TrainingRecipe(),
    "gesture-hybrid-xs": XS,
    "gesture-vit": VIT,
    "gesture-cnn": TrainingRecipe(),
    "cifar-hybrid": CIFAR,
    "cifar-cnn": CIFAR,
}
