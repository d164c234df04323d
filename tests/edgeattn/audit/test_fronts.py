from __future__ import annotations

import torch

from edgeattn.audit.fronts import EMBEDDING, Front, noise
from edgeattn.audit.signal import Signal


def shapes(signal: Signal) -> tuple[tuple[int, ...], int]:
    """Return the shape of the map of one sample, and how many channels the front promises."""
    front = Front(signal)
    found, _ = front(*noise(signal))
    return tuple(found.shape), front.channels


def test_every_kind_becomes_a_map_of_the_channels_that_the_front_promises() -> None:
    assert shapes(Signal("photos", (3, 32, 48), 2)) == ((1, 3, 32, 48), 3)
    assert shapes(Signal("audio", (8000,), 2)) == ((1, 1, 61, 40), 1)
    assert shapes(Signal("motion", (6, 200), 2)) == ((1, 6, 1, 200), 6)
    assert shapes(Signal("text", (12,), 2, 30)) == ((1, EMBEDDING, 1, 12), EMBEDDING)


def test_padding_of_a_text_leaves_nothing_in_the_map() -> None:
    front = Front(Signal("text", (4,), 2, 30, masked=True))
    mask = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    found, stands = front(torch.tensor([[5, 6, 7, 8]]), mask)
    assert stands is mask
    assert found[..., :2].abs().min() > 0
    assert not found[..., 2:].any()


def test_noise_has_a_mask_only_where_the_data_have_one() -> None:
    assert len(noise(Signal("text", (4,), 2, 30, masked=True))) == 2
    assert len(noise(Signal("text", (4,), 2, 30))) == 1
