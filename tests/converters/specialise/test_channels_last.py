from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from edgeattn_converters.passes import apply_passes
from edgeattn_converters.specialise.channels_last import channels_last
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same sums in another order
IMAGE = normal(2, 3, 8, 6)


def kinds(module, x: Tensor = IMAGE) -> dict[str, int]:
    program = apply_passes(program_of(module, x))
    return dict(operators(rewrite_of(channels_last, program, x, relative=ROUNDING)))


class Conv(nn.Module):
    """A convolution and what is done with its result."""

    def __init__(self, read=lambda y: y, **options) -> None:
        super().__init__()
        self.conv, self.read = nn.Conv2d(3, 6, 3, **options), read

    def forward(self, x: Tensor) -> Tensor:
        return self.read(self.conv(x))


@pytest.mark.parametrize(
    "options",
    [{}, {"stride": 2, "padding": (1, 2)}, {"groups": 3, "bias": False}, {"dilation": 2}],
)
def test_channels_last_keeps_the_numbers(options) -> None:
    assert kinds(Conv(**options)) == {"permute": 2, "conv2d_nhwc": 1}


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (lambda y: y.relu(), {"relu": 1}),
        (lambda y: y.clamp(0, 1) + y, {"clamp": 1, "add": 1}),
        (lambda y: y * torch.arange(6.0).reshape(6, 1, 1), {"mul": 1}),
        (lambda y: y - torch.tensor(2.5), {"sub": 1}),
        (lambda y: functional.max_pool2d(y, 2, padding=1), {"max_pool2d_nhwc": 1}),
        (lambda y: functional.avg_pool2d(y, 2), {"avg_pool2d_nhwc": 1}),
        (lambda y: torch.cat([y, y.relu()], dim=-3), {"cat": 1, "relu": 1}),
        (lambda y: y * y.mean((-1, -2), keepdim=True), {"mean": 1, "mul": 1}),
        (lambda y: functional.pad(y, (1, 2, 3, 4)), {"constant_pad_nd": 1}),
        (lambda y: functional.pad(y, (1, 2, 3, 4, 5, 6, 0, 1)), {"constant_pad_nd": 1}),
    ],
)
def test_the_twin_goes_on_through_operators_that_keep_their_meaning(read, expected) -> None:
    assert kinds(Conv(read)) == {"permute": 2, "conv2d_nhwc": 1, **expected}


def test_a_mean_over_the_image_needs_no_way_back() -> None:
    assert kinds(Conv(lambda y: y.mean((2, 3)))) == {"permute": 1, "conv2d_nhwc": 1, "mean": 1}


def test_tokens_of_an_image_are_a_reshape() -> None:
    assert kinds(Conv(lambda y: y.flatten(2).transpose(1, 2))) == {
        "permute": 1, "conv2d_nhwc": 1, "reshape": 1,
    }  # fmt: skip


def test_a_frame_of_zeros_becomes_padding() -> None:
    class Framed(Conv):
        def forward(self, x: Tensor) -> Tensor:
            return self.conv(functional.pad(self.conv(x).relu()[:, :3], (0, 1, 2, 0)))

    assert "constant_pad_nd" not in kinds(Framed(padding=1))


def test_a_frame_of_other_numbers_stays() -> None:
    class Framed(Conv):
        def forward(self, x: Tensor) -> Tensor:
            return self.conv(functional.pad(x, (0, 1, 2, 0), value=1.0))

    assert kinds(Framed())["constant_pad_nd"] == 1


def test_channels_last_leaves_what_is_no_image_alone() -> None:
    assert kinds(lambda x: x.relu() + x.mean((2, 3), keepdim=True)) == {
        "relu": 1, "mean": 1, "add": 1,
    }  # fmt: skip


def test_channels_last_leaves_computed_weights_alone() -> None:
    assert "conv2d" in kinds(lambda x: functional.conv2d(x, x[:1, :, :3, :3]))


def test_channels_last_leaves_windows_alone_that_hang_over_the_edge() -> None:
    assert "max_pool2d" in kinds(Conv(lambda y: functional.max_pool2d(y, 4, ceil_mode=True)))
