"""Whether 8 bits are enough to weigh with, decided on real queries, keys and values."""

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.drafts import int8_draft
from edgeattn_converters.onnx.fused_attention import DOMAIN
from edgeattn_converters.operators import E
from edgeattn_converters.program import PLANES
from edgeattn_converters.recipe import RECIPES
from edgeattn_converters.weight_planes import (
    MOST_LOST_DB,
    PlaneError,
    choose_planes,
    one_plane,
    plane_errors,
)
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.session import open_session
from tests.converters.quantised import HERE, LITERT, program_of

FUSED = RECIPES["int8-fused-core"]
TOKENS, HEADS, WIDTH = 640, 1, 16
SHARP = 2.0  # of a score's deviation, in the exponent


class Sharp(nn.Module):
    """One core alone; the sharper, the more of a row lies far below its maximum.

    Args:
        sharpness: The deviation of scores.
        linear: Whether an int8 Linear reads the result, or nobody does.
    """

    def __init__(self, sharpness: float, *, linear: bool = False) -> None:
        super().__init__()
        self.scale, self.after = sharpness / WIDTH**0.5, None
        if linear:
            self.after = nn.Linear(HEADS * WIDTH, 8)

    def forward(self, x):  # [1, tokens, 3 * heads * width]
        size = HEADS * WIDTH
        q, k, v = (x[..., place * size : (place + 1) * size] for place in range(3))
        y = E.multi_head_attention(q, k, v, None, HEADS, self.scale)
        return y if self.after is None else self.after(y)


def samples(count=2):
    random = torch.Generator().manual_seed(0)
    return [(torch.randn(1, TOKENS, 3 * HEADS * WIDTH, generator=random),) for _ in range(count)]


def draft(sharpness, *, linear=False, policy=HERE, given=True):
    program = program_of(Sharp(sharpness, linear=linear), *samples(1)[0])
    ranges = calibrate(program, samples())
    return int8_draft(program, ranges, FUSED, policy, samples() if given else ())


def planes_in(content):
    [node] = [n for n in onnx.load_from_string(content).graph.node if n.domain == DOMAIN]
    return next((one.i for one in node.attribute if one.name == "planes"), 1)


@pytest.mark.parametrize("linear", [True, False], ids=["into integers", "into floats"])
@pytest.mark.parametrize(("sharpness", "planes"), [(0.5, 1), (SHARP, 2)])
def test_sharp_rows_ask_for_two_planes_and_flat_ones_for_one(sharpness, planes, linear):
    made = draft(sharpness, linear=linear)
    [error] = plane_errors(made.simulation, samples()).values()
    assert (error.lost_db > MOST_LOST_DB) == (planes == 2)
    assert planes_in(made.content) == planes


def test_a_tflite_file_says_it_in_the_name_of_the_weights():
    assert b";weights;planes=2" in draft(SHARP, policy=LITERT).content
    assert b";planes" not in draft(0.5, policy=LITERT).content


def test_without_samples_there_is_one_plane():
    assert planes_in(draft(SHARP, given=False).content) == 1


def test_the_rule_counts_decibels():
    assert PlaneError(1.0, 2.0).lost_db == pytest.approx(3.01, abs=0.01)
    assert [PlaneError(1.0, coarse).planes for coarse in (0, 1, 2.5, 2.6)] == [1, 1, 1, 2]
    assert PlaneError(0, 0).planes == 1  # a result that is always the same number
    assert PlaneError(0, 1e-9).planes == 2


def test_a_program_without_cores_stays_as_it_is():
    program = program_of(lambda x: x + 1, samples(1)[0][0])
    assert plane_errors(program, samples()) == {}
    names = [node.name for node in program.graph.nodes]
    assert [node.name for node in choose_planes(program, samples()).graph.nodes] == names


@pytest.mark.parametrize("sharpness", [0.5, SHARP])
def test_the_decision_is_made_on_what_the_library_computes(sharpness):
    kernels = pytest.importorskip("edgeattn_kernels", reason="edgeattn-kernels is not installed")
    random = np.random.default_rng(0)
    q, k, v = random.integers(-127, 128, (3, 1, HEADS, TOKENS, WIDTH)).astype(np.int8)
    scale = sharpness / (73.0**2 * WIDTH**0.5)  # 73: the deviation of these numbers
    real = [torch.from_numpy(part.astype(np.float32)) for part in (q, k, v)]
    wanted = one_plane(*real, None, scale).numpy()
    found = kernels.attention(q, k, v, score_scale=scale, v_scale=1.0, planes=1)
    exact = ((real[0] @ real[1].transpose(-1, -2) * scale).softmax(-1) @ real[2]).numpy()
    # The library's steps are up to 1/256 longer: it errs otherwise, but not more.
    assert abs(sqnr_db(exact, wanted) - sqnr_db(exact, found)) < 1.5
    assert sqnr_db(found, wanted) > sqnr_db(exact, found)


def test_two_planes_come_nearer_to_the_float_softmax():
    pytest.importorskip("edgeattn_kernels", reason="edgeattn-kernels is not installed")
    made, x = draft(SHARP), samples(1)[0]
    coarse = onnx.load_from_string(made.content)
    for node in coarse.graph.node:
        kept = [one for one in node.attribute if one.name != PLANES]
        del node.attribute[:]
        node.attribute.extend(kept)
    wanted = made.simulation(*x)[0].numpy()
    [fine, plain] = (
        next(iter(session.run({session.inputs[0].name: x[0].numpy()}).values()))
        for session in map(open_session, (made.content, coarse.SerializeToString()))
    )
    assert sqnr_db(wanted, fine) > sqnr_db(wanted, plain) + 6  # a bit and more
