from __future__ import annotations

import pytest
import torch

from edgeattn.models.motion import BODIES, CERTAIN, Motion, Vote

SMALL = {"widths": (4, 8), "heads": 2, "hidden": 6, "mean": (0.0,) * 6, "std": (1.0,) * 6}


def windows(count: int = 3) -> torch.Tensor:
    return torch.randn(count, 6, 200, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("body", BODIES)
def test_every_body_learns_in_every_weight(body: str) -> None:
    torch.manual_seed(0)
    model = Motion(classes=3, body=body, **SMALL)  # type: ignore[arg-type]
    logits = model(windows())
    assert logits.shape == (3, 3)
    logits.square().sum().backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None] == []


def test_the_three_bodies_weigh_about_the_same() -> None:
    weights = [
        sum(w.numel() for w in Motion(body=body, mean=(0.0,) * 6, std=(1.0,) * 6).parameters())
        for body in BODIES
    ]
    assert max(weights) <= 1.05 * min(weights)
    assert max(weights) <= 300_000


def test_what_most_tokens_are_sure_of_wins_however_sure_the_others_are() -> None:
    vote = Vote(2, 2)
    torch.nn.init.eye_(vote.name.weight)
    torch.nn.init.zeros_(vote.name.bias)
    tokens = torch.tensor([[[9.0, 0.0]] * 3 + [[0.0, 90.0]] * 2])  # the mean token is class 1
    assert tokens.mean(1).argmax() == 1
    # softmax(9, 0) is 0.9999
    torch.testing.assert_close(
        vote(tokens), CERTAIN * torch.tensor([[0.6, 0.4]]), rtol=0, atol=1e-2
    )


@pytest.mark.parametrize("body", BODIES)
def test_the_model_exports_with_static_shapes_and_keeps_its_numbers(body: str) -> None:
    torch.manual_seed(0)
    model = Motion(body=body, **SMALL).eval()  # type: ignore[arg-type]
    exported = torch.export.export(model, (windows(1),))
    assert torch.equal(exported.module()(windows(1)), model(windows(1)))


def test_the_model_does_not_mind_how_the_device_lies() -> None:
    torch.manual_seed(0)
    model = Motion(**SMALL).eval()  # type: ignore[arg-type]
    upside_down = windows().view(3, 2, 3, 200)[:, :, [1, 0, 2]] * torch.tensor([1, 1, -1])[:, None]
    # a half turn about the axis between x and y; logits of about 2 in float32
    torch.testing.assert_close(
        model(upside_down.flatten(1, 2)), model(windows()), rtol=0, atol=1e-4
    )


def test_a_body_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="body is 'lstm'; choose attention, convolution"):
        Motion(body="lstm", **SMALL)  # type: ignore[arg-type]
