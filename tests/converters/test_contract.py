"""What every rewrite promises, on every small model: the input untouched, the numbers kept."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.utils._pytree import tree_leaves

from edgeattn_converters import passes
from edgeattn_converters.passes import CALIBRATED, PASSES
from edgeattn_converters.program import Program
from edgeattn_converters.specialise.channels_last import channels_last
from edgeattn_converters.specialise.fuse_attention import fuse_attention
from edgeattn_converters.specialise.fuse_projection import fuse_projection
from edgeattn_converters.specialise.keys_by_row import keys_by_row
from edgeattn_converters.specialise.split_gates import split_silu
from tests.converters.programs import MODELS, captured, rewritten
from tests.converters.rewriting import text

FORMS = {
    "onnx float": (fuse_attention,),
    "onnx int8": (channels_last, fuse_attention, fuse_projection),
    "tflite": (channels_last, keys_by_row, split_silu),
}

RELATIVE = 1e-5
"""Of the largest output: float32 keeps 6e-8 per operation, and these models have about 50."""

VIEWS = {"aten.permute.default", "aten.reshape.default", "aten.slice.Tensor"}

# PyTorch says that it may copy the image; the models are tiny.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")


@functools.cache
def reference(name: str) -> list[torch.Tensor]:
    module, inputs = MODELS[name]()
    with torch.no_grad():
        leaves = tree_leaves(module(*inputs))
    return [leaf for leaf in leaves if leaf is not None]


def check_step(rewrite: Callable[[Program], Program], program: Program, name: str) -> Program:
    """Run one rewrite, check all it promises, return what it made."""
    before = text(program)
    result = rewrite(program)
    assert text(program) == before, f"{rewrite.__name__} changed its input"
    result.graph.lint()
    assert result.inputs == program.inputs
    assert result.outputs == program.outputs
    for node in result.graph.nodes:
        if node.op == "call_function":
            assert "val" in node.meta
            assert isinstance(node.meta["layer"], str)
    check_numbers(result, name, rewrite.__name__)
    assert text(rewrite(result)) == text(result), f"{rewrite.__name__} is not done after one go"
    return result


def check_numbers(program: Program, name: str, step: str) -> None:
    for found, expected in zip(program(*MODELS[name]()[1]), reference(name), strict=True):
        assert found.shape == expected.shape
        torch.testing.assert_close(
            found, expected, rtol=0, atol=RELATIVE * float(expected.abs().max()), msg=step
        )


@pytest.mark.parametrize("name", MODELS)
def test_every_pass_keeps_its_promises(name: str) -> None:
    program = captured(name)
    check_numbers(program, name, "capture")
    for rewrite in PASSES:
        program = check_step(rewrite, program, name)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("form", FORMS)
def test_every_engine_form_keeps_its_promises(name: str, form: str) -> None:
    program = rewritten(name)
    for rewrite in FORMS[form]:
        program = check_step(rewrite, program, name)
    check_calibrated(program, rewritten(name))


def check_calibrated(form: Program, calibrated: Program) -> None:
    """Ranges are keyed by the names after the passes: each form must find its own among them."""
    known = {node.name for node in calibrated.graph.nodes}
    for node in (node for node in form.graph.nodes if node.op == "call_function"):
        is_view, is_gate = str(node.target) in VIEWS, node.name.endswith("_gate")
        assert node.name in known or is_view or is_gate, node.name


@pytest.mark.parametrize("name", ["vit", "keyword", "bert, additive mask"])
def test_names_are_the_same_every_time(name: str) -> None:
    program = captured(name)
    again = captured.__wrapped__(name)
    for rewrite in PASSES:
        program, again = rewrite(program), rewrite(again)
    assert str(program.graph) == str(again.graph)


def test_the_order_names_every_pass() -> None:
    """A pass that nobody runs is dead; its file would look alive."""
    vocabulary = {
        "__init__", "channel_scaling", "channel_statistics", "channel_walk", "layout_operators",
        "elementwise_operators", "products", "twins",
    }  # fmt: skip
    files = {path.stem for path in Path(passes.__path__[0]).glob("*.py")} - vocabulary
    assert files == {rewrite.__name__ for rewrite in (*PASSES, *CALIBRATED.values())}
