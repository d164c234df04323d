from __future__ import annotations

import pytest
import torch

from edgeattn.audit.bodies import HEADS, MOST_STEPS, Candidate, build
from edgeattn.audit.fronts import noise
from edgeattn.audit.signal import Signal
from edgeattn.audit.sizing import FAMILIES
from edgeattn.models.attention import MultiHeadAttention
from edgeattn.models.keyword import Recurrence

SIGNALS = (
    Signal("photos", (3, 24, 32), 4),
    Signal("audio", (4096,), 4),
    Signal("motion", (3, 50), 4),
    Signal("text", (12,), 4, 30, masked=True),
    Signal("text", (12,), 4, 30),
)


def made(signal: Signal, family: str) -> Candidate:
    torch.manual_seed(0)
    return build(signal, family=family, width=16, inside=12).eval()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("signal", SIGNALS, ids=lambda one: f"{one.kind}{one.masked}")
def test_every_family_classifies_every_kind_of_sample(signal: Signal, family: str) -> None:
    two = tuple(torch.cat([part, part]) for part in noise(signal))
    assert made(signal, family)(*two).shape == (2, 4)


def test_the_families_differ_in_how_they_look_around() -> None:
    heads, steps = {}, {}
    for family in FAMILIES:
        model = made(SIGNALS[2], family)
        heads[family] = {
            part.heads for part in model.modules() if isinstance(part, MultiHeadAttention)
        }
        steps[family] = any(isinstance(part, Recurrence) for part in model.modules())
    assert heads == {
        "cnn": set(), "recurrent": set(), "single-head": {1}, "multi-head": {HEADS},
        "hybrid": {HEADS},
    }  # fmt: skip
    assert [family for family, there in steps.items() if there] == ["recurrent"]


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda one: f"{one.kind}{one.masked}")
def test_a_recurrence_takes_few_steps(signal: Signal) -> None:
    model, seen = made(signal, "recurrent"), []
    model.blocks[0].register_forward_hook(lambda part, x, y: seen.append(x[0].shape[1]))
    model(*noise(signal))
    assert 1 < seen[0] <= MOST_STEPS


@pytest.mark.parametrize("family", FAMILIES)
def test_what_stands_in_the_padding_of_a_text_changes_nothing(family: str) -> None:
    model = made(SIGNALS[3], family)
    ids = torch.randint(0, 30, (1, 12), generator=torch.Generator().manual_seed(1))
    mask = (torch.arange(12) < 5).float()[None]
    other = torch.where(mask > 0, ids, (ids + 7) % 30)
    torch.testing.assert_close(model(ids, mask), model(other, mask))
    assert not torch.allclose(model(ids, mask), model((ids + 7) % 30, mask))


@pytest.mark.parametrize("family", ["single-head", "multi-head"])
def test_attention_over_patches_knows_where_they_are(family: str) -> None:
    model = made(SIGNALS[2], family)
    x = torch.rand(1, 3, 48)
    before = model(torch.nn.functional.pad(x, (0, 2)))
    after = model(torch.nn.functional.pad(x.flip(2), (0, 2)))
    assert not torch.allclose(before, after, atol=1e-5)
