"""Text: which models of the zoo read it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from edgeattn.models.catalog.entry import Steps, ZooEntry

if TYPE_CHECKING:
    from torch import nn


def text_steps(length: int) -> Steps:
    """Return the one step from a sentence to ids and mask [1, length], its vocabulary in it."""
    from edgeattn.data.wordpiece import intents_vocabulary

    return (intents_vocabulary().to_step(length),)


def _intent(**arguments: Any) -> nn.Module:
    from edgeattn.models.intent import Intent

    return Intent(**arguments)


def _bag(**arguments: Any) -> nn.Module:
    from edgeattn.models.bag import Bag

    return Bag(**arguments)


TEXT: dict[str, ZooEntry] = {
    "intent-banking77": ZooEntry(
        summary="A phrase convolution, a transformer block and a bag of pieces: 77 bank requests.",
        build=_intent,
        dataset="banking77",
        preprocessing=partial(text_steps, 64),
        input_shape=(1, 64),
        checkpoint="intent-banking77.pt",
        accuracy=2792 / 3080,
        params=768_973,
        macs=14_709_632,
        half=True,
    ),
    "intent-clinc150": ZooEntry(
        summary="The same for 150 things that an assistant is asked.",
        build=partial(_intent, classes=150),
        dataset="clinc150",
        preprocessing=partial(text_steps, 32),
        input_shape=(1, 32),
        checkpoint="intent-clinc150.pt",
        accuracy=4161 / 4500,
        params=797_078,
        macs=7_135_488,
        half=True,
    ),
    "intent-bag": ZooEntry(
        summary="The pieces of a request without their order: what intent-banking77 has to beat.",
        build=_bag,
        dataset="banking77",
        preprocessing=partial(text_steps, 64),
        input_shape=(1, 64),
        checkpoint="intent-bag.pt",
        accuracy=2808 / 3080,
        params=768_589,
        macs=63_744,
        baseline_for="intent-banking77",
        half=True,
    ),
}
