import pytest
import torch
from torch import nn

from edgeattn_converters.cost import audit, parts, total_macs
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.placement import place
from edgeattn_converters.recipe import FLOAT, RECIPES
from tests.converters.programs import rewritten
from tests.converters.quantised import LITERT, VNNI, exact, program_of, quantised


@pytest.mark.parametrize(
    ("module", "shape", "macs"),
    [
        (nn.Linear(8, 4), (2, 8), 2 * 8 * 4),
        (nn.Linear(8, 4), (1, 5, 8), 5 * 8 * 4),
        (nn.Conv2d(3, 6, 3, 2, 1), (1, 3, 8, 8), 4 * 4 * 6 * 3 * 9),
        (nn.Conv2d(4, 4, 3, 1, 1, groups=4), (1, 4, 8, 8), 8 * 8 * 4 * 9),
    ],
)
def test_multiply_accumulates_are_counted_by_hand(module, shape, macs):
    assert total_macs(program_of(module, torch.zeros(shape))) == macs


def test_an_attention_counts_both_products():
    # 12 tokens, width 16: QKV and output 4 * 16 * 16 each, and two products of 12 * 12 * 16.
    program = exact("torch attention", LITERT)
    assert total_macs(program) == 12 * 4 * 16 * 16 + 2 * 12 * 12 * 16


@pytest.mark.parametrize("name", ["vit", "hybrid", "torch attention"])
def test_every_form_of_a_model_takes_the_same_work(name):
    # Not the captured one: there a fused attention is one operator, whose products nobody sees.
    expected = total_macs(rewritten(name))
    assert total_macs(exact(name, VNNI)) == total_macs(exact(name, LITERT)) == expected


def test_a_projection_counts_its_core_apart():
    program = exact("torch attention", VNNI)
    (projection,) = [node for node in program.graph.nodes if kind(node) == "projection"]
    project, core = parts(projection)
    assert (project.macs, project.weights) == (12 * 3 * 16 * 16, 3 * 16 * 16)
    assert (core.macs, core.weights) == (2 * 12 * 12 * 16, 0)


def test_the_audit_counts_the_float_core_as_float():
    found = quantised("torch attention", VNNI.name)
    shares = audit(exact("torch attention", VNNI), found.decisions)
    core, everything = 2 * 12 * 12 * 16, total_macs(exact("torch attention", VNNI))
    assert shares.int8_weight_share == 1.0
    assert shares.int8_mac_share == pytest.approx(1 - core / everything)


def test_a_float_model_has_no_share():
    program = exact("vit", LITERT)
    shares = audit(program, tuple(place(program, FLOAT, LITERT).values()))
    assert (shares.int8_weight_share, shares.int8_mac_share) == (0.0, 0.0)


def test_a_model_that_multiplies_nothing_has_no_share():
    program = program_of(lambda x: x.softmax(-1), torch.zeros(1, 8))
    decisions = tuple(place(program, RECIPES["int8-core"], LITERT).values())
    assert audit(program, decisions).int8_mac_share == 0.0
