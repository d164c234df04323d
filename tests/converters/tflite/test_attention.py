"""The attention core between int8 queries, keys and values, in standard operators."""

import numpy as np
import pytest

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.drafts import drafts, int8_draft, int8_form
from edgeattn_converters.placement import place
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.recipe import FLOAT, RECIPES
from edgeattn_converters.tflite.inspect import inspect
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.session import open_session
from tests.converters.programs import normal, rewritten
from tests.converters.quantised import LITERT, BiasedCore, noise, program_of, ranges_of

FUSED, INT8 = RECIPES["int8-fused-core"], RECIPES["int8"]
MODELS = ("torch attention", "causal", "nanogpt", "hybrid", "vit, batch of 2", "grouped queries",
          "bert, additive mask", "bert, boolean mask", "swin")  # fmt: skip


def draft(name):
    exact = int8_form(rewritten(name), LITERT, FUSED.core)
    return int8_draft(exact, ranges_of(name), FUSED, LITERT)


def against_simulation(made, x):
    session = open_session(made.content)
    names = [port.name for port in session.inputs]
    [y] = session.run(dict(zip(names, map(np.asarray, x), strict=True))).values()
    return sqnr_db(made.simulation(*x)[0].numpy(), y)


@pytest.fixture(autouse=True)
def without_the_library(monkeypatch):
    monkeypatch.setenv("EDGEATTN_KERNELS", "off")


@pytest.mark.parametrize("name", MODELS)
def test_a_file_with_a_fused_core_computes_what_the_simulation_does(name):
    made = draft(name)
    # Both are float between the same integers; only the order of sums differs.
    assert min(against_simulation(made, x) for x in noise(made.simulation, 3, seed=1)) > 60


@pytest.mark.parametrize("rows", [1, 2], ids=["one for all heads", "one per head"])
def test_a_factor_and_a_computed_bias_stay_float(rows):
    program = program_of(BiasedCore(rows), normal(2, 6, 8))
    samples = noise(program)
    made = int8_draft(program, calibrate(program, samples), FUSED, LITERT)
    assert against_simulation(made, samples[0]) > 60


def test_a_core_of_floats_is_written_in_float():
    program = program_of(BiasedCore(2), normal(2, 6, 8))
    made = int8_draft(program, calibrate(program, noise(program)), FLOAT, LITERT)
    assert {one.dtype for one in inspect(made.content).operations} == {"float32"}
    assert against_simulation(made, noise(program)[0]) > 100


def test_numbers_are_moved_while_they_are_one_byte():
    moved = [one for one in inspect(draft("causal").content).operations if one.name == "TRANSPOSE"]
    assert len(moved) == 4  # q, k, v and the result
    assert {one.inputs[0] for one in moved} == {"int8"}


def test_only_a_recipe_that_asks_for_it_fuses_the_core():
    program = int8_form(rewritten("causal"), LITERT, "fused")
    fused = {d.kind: d for d in place(program, FUSED, LITERT).values()}
    plain = {d.kind: d for d in place(program, RECIPES["int8-float-core"], LITERT).values()}
    assert fused["core"].precision == "int8"
    assert "edgeattn-kernels" in fused["core"].reason
    assert plain["core"].precision == "float"


@pytest.mark.parametrize("name", ["litert-xnnpack", "tflite-runtime"])
def test_it_is_measured_where_the_library_is_at_hand(name):
    assert "fused" not in POLICIES[name].cores
    assert "fused" in POLICIES[name].with_kernels().cores


@pytest.mark.parametrize(("name", "drafted"), [("torch attention", True), ("residual", False)])
def test_a_file_with_a_fused_core_is_drafted_where_there_is_a_core(name, drafted):
    program, policy = rewritten(name), LITERT.with_kernels()
    recipes = [one.recipe for one in drafts(program, program, ranges_of(name), INT8, policy)]
    assert ("int8-fused-core" in recipes) == drafted
