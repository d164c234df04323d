from __future__ import annotations

from dataclasses import replace

import pytest

from edgeattn_converters.passes import CALIBRATED, apply_calibrated
from edgeattn_converters.passes.channel_statistics import observe_channels
from edgeattn_converters.recipe import FLOAT, RECIPES
from tests.converters.programs import MODELS, rewritten
from tests.converters.rewriting import rewrite_of, text

ROUNDING = 2e-5
"""Of the largest output: each layer takes two products more, and keys lose a constant."""

# PyTorch says that it may copy the image; the models are tiny.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")


@pytest.mark.parametrize("name", MODELS)
def test_calibrated_passes_keep_the_numbers_of_every_model(name: str) -> None:
    program, inputs = rewritten(name), MODELS[name]()[1]
    statistics = observe_channels(program, [inputs])
    for rewrite in CALIBRATED.values():
        rewrite_of(lambda p, f=rewrite: f(p, statistics), program, *inputs, relative=ROUNDING)
    every = replace(RECIPES["int8"], **dict.fromkeys(CALIBRATED, True))
    rewrite_of(lambda p: apply_calibrated(p, [inputs], every), program, *inputs, relative=ROUNDING)


def test_a_recipe_runs_the_passes_it_asks_for() -> None:
    program, inputs = rewritten("vit"), MODELS["vit"]()[1]
    none = replace(RECIPES["int8"], **dict.fromkeys(CALIBRATED, False))
    assert text(apply_calibrated(program, [inputs], none)) == text(program)
    smooth = apply_calibrated(program, [inputs], replace(none, smooth=True))
    assert text(smooth) != text(program)


def test_a_float_recipe_asks_for_nothing_and_runs_no_sample() -> None:
    program = rewritten("vit")
    assert apply_calibrated(program, iter(()), FLOAT) is program
