from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from edgeattn.models.catalog import ZOO
from edgeattn.training import masked as module
from edgeattn.training.masked import HIDDEN, MASK, Masked
from edgeattn.training.samples import Samples, model_samples
from edgeattn.training.splits import Splits
from edgeattn_runtime.errors import BadUsage


@pytest.fixture
def samples(toy: tuple[str, Splits], toy_model: nn.Module) -> Samples:
    return model_samples(toy[1].train, toy_model, ZOO["toy"].input_shape)


def test_the_loss_teaches_every_layer_before_the_classifier(
    samples: Samples, toy_model: nn.Module
) -> None:
    masked = Masked(toy_model, samples)
    masked(*samples.x).backward()
    for name, weight in masked.named_parameters():
        taught = weight.grad is not None and bool(weight.grad.abs().max() > 0)
        assert taught == ("classifier" not in name), name


def test_steps_make_the_loss_smaller(samples: Samples, toy_model: nn.Module) -> None:
    torch.manual_seed(1)
    masked = Masked(toy_model, samples).train()
    optimizer = torch.optim.AdamW(masked.parameters(), lr=0.01)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = masked(*samples.x)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert sum(losses[-10:]) < 0.95 * sum(losses[:10])


def test_inputs_and_the_model_stay_as_they_were(samples: Samples, toy_model: nn.Module) -> None:
    before = [part.clone() for part in samples.x]
    answer = toy_model.eval()(*samples.x)
    masked = Masked(toy_model, samples)
    masked(*samples.x)
    assert all(torch.equal(one, other) for one, other in zip(before, samples.x, strict=True))
    assert torch.equal(toy_model.eval()(*samples.x), answer)  # no hook is left


def photos(tiny: dict[str, Any]) -> tuple[nn.Module, Samples]:
    torch.manual_seed(0)
    model = ZOO["gesture-hybrid"].build(classes=2, **tiny)
    return model, Samples((torch.rand(6, 3, 16, 16),), torch.zeros(6, dtype=torch.int64), "photos")


def test_hidden_patches_are_grey_and_the_rest_stays(tiny: dict[str, Any]) -> None:
    model, samples = photos(tiny)
    masked = Masked(model, samples, 0.5)
    assert masked.tokens == (2, 2)
    assert masked.head.out_features == 3 * 8 * 8
    met: list[torch.Tensor] = []
    model.register_forward_pre_hook(lambda layer, inputs: met.append(inputs[0]))
    masked(*samples.x)
    changed = (met[0] != samples.x[0]).any(1)  # [6, 16, 16]
    patches = changed.unfold(1, 8, 8).unfold(2, 8, 8).flatten(3).float().mean(3)
    assert set(patches.unique().tolist()) == {0.0, 1.0}  # a whole patch or nothing
    assert (patches.sum((1, 2)) == 2).all()  # half of four
    mean = samples.x[0].mean((1, 2, 3))
    grey = met[0].permute(0, 2, 3, 1)[changed]
    assert torch.isin(grey, mean).all()


def test_only_what_was_hidden_is_asked_for(tiny: dict[str, Any]) -> None:
    model, samples = photos(tiny)
    masked = Masked(model, samples, 0.5).eval()
    nn.init.zeros_(masked.head.weight)
    nn.init.zeros_(masked.head.bias)  # guesses black: the loss is the mean of what was hidden
    dark = samples.x[0].clone()
    torch.manual_seed(5)
    loss = float(masked(dark).detach())
    torch.manual_seed(5)
    hidden = torch.rand(6, 4).argsort(1) < 2
    patches = (
        dark.unfold(2, 8, 8).unfold(3, 8, 8).permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)
    )
    assert loss == pytest.approx(float(patches[hidden].mean()), rel=1e-5)


def test_special_pieces_are_never_hidden() -> None:
    class Kept(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(20, 4)
            self.blocks = nn.Sequential(nn.Linear(4, 4))
            self.met: list[torch.Tensor] = []

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            self.met.append(ids)
            made: torch.Tensor = self.blocks(self.embed(ids))
            return made

    ids = torch.arange(20).expand(50, 20).clone()
    model = Kept()
    Masked(model, Samples((ids,), torch.zeros(50), "text"), 0.5)(ids)
    met = model.met[-1]
    assert torch.equal(met[:, :4], ids[:, :4])
    changed = met != ids
    assert (met[changed] == MASK).all()
    assert 0.4 < float(changed[:, 4:].float().mean()) < 0.6


def test_every_kind_has_its_usual_share() -> None:
    assert set(HIDDEN) == {"photos", "audio", "motion", "text"}


@pytest.mark.parametrize(
    ("model", "kind", "x", "message"),
    [
        (nn.Linear(5, 2), "motion", torch.zeros(2, 6, 5), "needs a model with a sequence of trans"),
        (nn.Linear(5, 2), "audio", torch.zeros(2, 5), "this model has no LogMel"),
    ],
)
def test_models_that_cannot_are_refused(
    model: nn.Module, kind: str, x: torch.Tensor, message: str
) -> None:
    with pytest.raises(BadUsage, match=message):
        Masked(model, Samples((x,), torch.zeros(2), kind))


def test_tokens_that_stand_for_nothing_are_refused() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = nn.Sequential(nn.Identity())

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            made: torch.Tensor = self.blocks(x.flatten(1)[:, :7, None])
            return made

    with pytest.raises(BadUsage, match=r"cannot tell which part of a sample .* each of 7 tokens"):
        Masked(Odd(), Samples((torch.zeros(2, 3, 16, 16),), torch.zeros(2), "photos"))


@pytest.mark.parametrize(
    ("shape", "kind", "count", "grid"),
    [
        ((3, 32, 32), "photos", 64, (8, 8)),
        ((3, 32, 32), "photos", 65, (8, 8)),  # a class token
        ((3, 32, 64), "photos", 32, (4, 8)),
        ((3, 100, 100), "photos", 169, (13, 13)),  # strides of 8: the last patch sticks out
        ((6, 200), "motion", 50, (1, 50)),
        ((6, 200), "motion", 51, (1, 50)),
        ((61, 40), "audio", 31, (1, 31)),  # strides of 2
        ((61, 40), "audio", 30, (1, 30)),
        ((10,), "text", 10, (1, 10)),
        ((10,), "text", 11, (1, 10)),
    ],
)
def test_tokens_lie_over_the_sample_as_a_grid(
    shape: tuple[int, ...], kind: str, count: int, grid: tuple[int, int]
) -> None:
    content = torch.rand(2, *shape)
    assert module._grid(content, count, kind) == grid
    if kind == "text":
        return
    pieces = module._cut(content, grid, kind)
    assert pieces.shape[:2] == (2, grid[0] * grid[1])
    hidden = torch.ones(2, grid[0] * grid[1], dtype=torch.bool)
    shown = (module._hide(content, hidden, grid, kind) == content).float().mean()
    assert float(shown) < 0.04  # no more is left than what is less than a token


def test_the_first_token_stands_for_the_first_corner() -> None:
    photo = torch.rand(1, 3, 100, 100)
    pieces = module._cut(photo, (13, 13), "photos")
    assert torch.equal(pieces[0, 0], photo[0, :, :8, :8].flatten())
    assert torch.equal(pieces[0, 14], photo[0, :, 8:16, 8:16].flatten())


@pytest.mark.parametrize(("frames", "count"), [(98, 40), (10, 30)])
def test_tokens_that_do_not_follow_the_time_are_refused(frames: int, count: int) -> None:
    with pytest.raises(BadUsage, match="cannot tell which part of a sample"):
        module._grid(torch.zeros(2, 6, frames), count, "motion")
