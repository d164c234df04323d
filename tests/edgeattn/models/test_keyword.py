from __future__ import annotations

import pytest
import torch
from torch import nn

from edgeattn.models.keyword import BODIES, BelowLoudest, Keyword, Recurrence, TimeBlock

SMALL = {"widths": (4, 4, 8), "depth": 1, "heads": 2, "hidden": 6}


def sound(count: int = 3) -> torch.Tensor:
    return 0.2 * torch.randn(count, 8000, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("body", BODIES)
def test_every_body_learns_in_every_weight(body: str) -> None:
    torch.manual_seed(0)
    model = Keyword(classes=3, body=body, **SMALL)  # type: ignore[arg-type]
    logits = model(sound())
    assert logits.shape == (3, 3)
    logits.square().sum().backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None] == []


def test_the_three_bodies_weigh_about_the_same() -> None:
    weights = [sum(w.numel() for w in Keyword(body=body).parameters()) for body in BODIES]
    assert max(weights) <= 1.03 * min(weights)
    assert max(weights) <= 300_000


def test_loudness_changes_nothing() -> None:
    front = BelowLoudest(8.0)
    # the floor of the logarithm, 1e-7, adds most where 8 is nearly used up: 0.03 here
    torch.testing.assert_close(front(sound()), front(0.25 * sound()), rtol=0, atol=0.05)


def test_the_spectrogram_reaches_from_silence_to_its_loudest_value() -> None:
    word = torch.zeros(1, 8000)
    word[:, 3000:5000] = 0.5 * torch.sin(torch.arange(2000) / 2)
    seen = BelowLoudest(8.0)(word)
    assert seen.shape == (1, 1, 61, 40)
    assert seen.min() == 0
    assert seen.max() == pytest.approx(8.0, abs=1e-5)  # float32
    assert not seen[:, :, :20].any()  # nothing was said before 3000 = 128 * 23.4


def test_digital_silence_gives_numbers() -> None:
    model = Keyword(**SMALL).eval()  # type: ignore[arg-type]
    assert torch.isfinite(model(torch.zeros(1, 8000))).all()


def test_the_recurrence_is_that_of_torch() -> None:
    torch.manual_seed(0)
    mine, theirs = Recurrence(5, 7), nn.GRU(5, 7, batch_first=True)
    theirs.load_state_dict(
        {
            "weight_ih_l0": mine.hears.weight,
            "bias_ih_l0": mine.hears.bias,
            "weight_hh_l0": mine.remembers.weight,
            "bias_hh_l0": mine.remembers.bias,
        }
    )
    x = torch.randn(2, 9, 5)
    # float32, nine steps of values below 1
    torch.testing.assert_close(mine(x), theirs(x)[0], rtol=0, atol=1e-6)


def test_a_block_of_convolutions_sees_its_neighbours_and_no_further() -> None:
    block = TimeBlock(4, 2).eval()
    x = torch.randn(1, 9, 4, generator=torch.Generator().manual_seed(0))
    other = x.clone()
    other[:, 4] += 1
    moved = (block(x) != block(other)).any(2)[0]
    assert moved.nonzero().flatten().tolist() == [3, 4, 5]


@pytest.mark.parametrize("body", BODIES)
def test_the_model_exports_with_static_shapes_and_keeps_its_numbers(body: str) -> None:
    torch.manual_seed(0)
    model = Keyword(body=body, **SMALL).eval()  # type: ignore[arg-type]
    exported = torch.export.export(model, (sound(1),))
    assert torch.equal(exported.module()(sound(1)), model(sound(1)))


def test_a_body_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="body is 'lstm'; choose attention, convolution, recurr"):
        Keyword(body="lstm")
