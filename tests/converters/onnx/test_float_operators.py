import functools

import numpy as np
import pytest
import torch
from torch import nn

from edgeattn_converters.onnx.float_operators import float_operators
from edgeattn_converters.onnx.lower import lower
from edgeattn_converters.operators import E
from edgeattn_runtime.session import open_session
from tests.converters.programs import normal
from tests.converters.quantised import noise, program_of


class Own(nn.Module):
    """Every operator of our own, in float."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kernel", normal(6, 3, 3, 4))
        self.register_buffer("bias", normal(6))
        self.register_buffer("projection", normal(24, 4))
        self.register_buffer("shift", normal(24))
        self.register_buffer("scores", normal(1, 2, 5, 5))

    def forward(self, image, tokens):
        same = self.kernel, self.bias
        return (
            E.conv2d_nhwc.default(image, *same, [2, 2], [1, 1, 1, 1], [1, 1], 1),
            E.conv2d_nhwc.default(image, *same, [2, 2], [0, 1, 2, 1], [1, 1], 1),
            E.max_pool2d_nhwc.default(image, [3, 3], [2, 2], [1, 1]),
            E.avg_pool2d_nhwc.default(image, [2, 2], [2, 2]),
            E.multi_head_attention.default(tokens, tokens, tokens, None, 2, 0.5),
            E.multi_head_attention.default(tokens, tokens, tokens, self.scores, 2, 1.0),
            E.projected_attention.default(tokens, self.projection, self.shift, 4, 0.25),
        )


NAMES = (
    "convolution", "asymmetric padding", "max pool", "average pool", "attention",
    "attention with a bias", "projected attention",
)  # fmt: skip


@functools.cache
def _program():
    return program_of(Own(), torch.zeros(1, 8, 8, 4), torch.zeros(1, 5, 4))


@functools.cache
def _answers():
    program = _program()
    (sample,) = noise(program, 1)
    session = open_session(lower(program))
    fed = {port.name: x.numpy() for port, x in zip(program.inputs, sample, strict=True)}
    found = session.run(fed)
    promised = program(*sample)
    return [
        (want.numpy(), found[port.name])
        for want, port in zip(promised, program.outputs, strict=True)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_an_operator_of_our_own_keeps_its_numbers_on_onnx_runtime(name):
    promised, found = _answers()[NAMES.index(name)]
    assert found.shape == promised.shape
    # float32: sums of some 40 products in another order
    np.testing.assert_allclose(found, promised, rtol=0, atol=1e-5 * abs(promised).max())


def test_none_of_our_own_operators_is_left_and_the_input_stays():
    program = _program()
    before = str(program.graph)
    written = float_operators(program)
    assert not [node for node in written.graph.nodes if "edgeattn" in str(node.target)]
    assert str(program.graph) == before
