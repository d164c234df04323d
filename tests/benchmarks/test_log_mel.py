"""The rounding of a log-mel front end, on noise with loud and quiet clips."""

from __future__ import annotations

import torch

from benchmarks.log_mel import measure, rounded_mel
from edgeattn.models.log_mel import LogMel


def clips() -> torch.Tensor:
    gains = torch.logspace(-2, 0, 6)[:, None]
    return gains * torch.randn(6, 1000, generator=torch.Generator().manual_seed(0)).clamp(-3, 3) / 3


def test_without_rounding_it_is_the_front_end_itself() -> None:
    mel = LogMel()
    # the same sums in another order, logarithms of up to 16
    torch.testing.assert_close(rounded_mel(mel, clips(), ()), mel(clips()), rtol=0, atol=1e-3)


def test_the_nearer_to_the_logarithm_the_worse() -> None:
    found = [values[0] for values in measure(clips()).values()]
    matrix, samples, spectrum, energies, everything = found
    assert matrix > samples > spectrum > energies > everything - 1
