from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from edgeattn.models.bag import Bag
from edgeattn.models.intent import Intent
from edgeattn.training.masked import Masked
from edgeattn.training.samples import Samples

SMALL: dict[str, Any] = {"pieces": 30, "width": 8, "features": 6, "heads": 2, "classes": 3}


def sentences(count: int, length: int, longest: int) -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.randint(4, 30, (count, length), dtype=torch.int32)
    mask = (torch.arange(length) < torch.randint(1, longest + 1, (count, 1))).float()
    return ids * mask.int(), mask


@pytest.fixture
def model() -> Intent:
    torch.manual_seed(0)
    made = Intent(**SMALL).eval()
    nn.init.normal_(made.embedding.weight)
    return made


@pytest.mark.parametrize("depth", [0, 2])
def test_every_weight_learns(depth: int) -> None:
    torch.manual_seed(0)
    model = Intent(**SMALL, depth=depth)
    logits = model(*sentences(4, 9, 9))
    assert logits.shape == (4, 3)
    logits.square().sum().backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None] == []


def test_padding_changes_nothing(model: Intent) -> None:
    ids, mask = sentences(5, 12, 7)
    short = model(ids[:, :7], mask[:, :7])
    # rows of another length take other kernels: last bits of logits around 1
    torch.testing.assert_close(model(ids, mask), short, rtol=0, atol=1e-5)
    ids[:, 7:] = 29  # and whatever stands there is not read
    torch.testing.assert_close(model(ids, mask), short, rtol=0, atol=1e-5)


def test_the_order_of_pieces_matters(model: Intent) -> None:
    ids, mask = torch.tensor([[2, 5, 6, 7]]), torch.ones(1, 4)
    assert not torch.allclose(model(ids, mask), model(ids.flip(1), mask), atol=1e-3)


def test_a_row_of_nothing_but_padding_has_finite_logits(model: Intent) -> None:
    assert model(torch.zeros(1, 4).int(), torch.zeros(1, 4)).isfinite().all()


def test_the_model_exports_with_static_shapes_and_keeps_its_numbers(model: Intent) -> None:
    inputs = sentences(1, 9, 9)
    exported = torch.export.export(model, inputs)
    assert torch.equal(exported.module()(*inputs), model(*inputs))


def test_heads_that_do_not_divide_the_width_are_refused() -> None:
    with pytest.raises(ValueError, match="width 8 does not split into 3 heads"):
        Intent(**{**SMALL, "heads": 3})


def test_the_baseline_has_as_many_parameters_as_what_it_is_measured_against() -> None:
    counts = [sum(weight.numel() for weight in made.parameters()) for made in (Intent(), Bag())]
    assert abs(counts[0] - counts[1]) / counts[0] < 0.01


def test_what_is_hidden_from_it_can_be_guessed_in_pre_training() -> None:
    torch.manual_seed(0)
    ids, mask = sentences(9, 12, 12)
    samples = Samples((ids, mask), torch.zeros(9, dtype=torch.int64), "text")
    masked = Masked(Intent(**SMALL), samples, 0.5)
    masked(ids, mask).backward()
    assert masked.head.out_features == 1 + int(ids.max())
    encoder = masked.encoder
    assert isinstance(encoder, Intent)
    assert encoder.embedding.weight.grad is not None
    assert encoder.classifier.weight.grad is None  # it has no part in it
