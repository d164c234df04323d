from __future__ import annotations

import torch
from torch import nn

from edgeattn.models.bag import Bag
from edgeattn.training.lengths import TOGETHER, alike, any_length, cut_padding
from edgeattn.training.samples import Samples


def texts(lengths: torch.Tensor, columns: int = 20) -> Samples:
    mask = (torch.arange(columns) < lengths[:, None]).float()
    return Samples((mask.int() * 5, mask), torch.zeros(len(lengths), dtype=torch.int64), "text")


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_batch_holds_sentences_of_similar_length_and_none_is_lost() -> None:
    lengths = torch.randint(1, 20, (800,), generator=seeded(0))
    batches = torch.randperm(800, generator=seeded(1)).view(-1, 8)
    found = alike(batches, texts(lengths), seeded(2))
    assert found.shape == batches.shape
    assert torch.equal(found.flatten().sort().values, torch.arange(800))
    spread = lengths[found].float().std(1).mean()
    assert spread < 0.1 * lengths[batches].float().std(1).mean()
    order = lengths[found].float().mean(1)
    assert not torch.equal(order, order.sort().values)  # short ones do not all come first


def test_the_same_seed_gives_the_same_batches() -> None:
    samples = texts(torch.randint(1, 20, (90,), generator=seeded(0)))
    batches = torch.arange(90).view(-1, 9)
    one, two, other = (alike(batches, samples, seeded(seed)) for seed in (3, 3, 4))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_sentences_are_sorted_among_neighbours_alone() -> None:
    samples = texts(torch.arange(2 * TOGETHER).remainder(20))
    found = alike(torch.arange(2 * TOGETHER)[:, None], samples, seeded(0))
    assert torch.equal(found.flatten().sort().values, torch.arange(2 * TOGETHER))


def test_columns_that_no_sentence_needs_are_cut() -> None:
    ids, mask = texts(torch.tensor([3, 7, 1])).x
    short = cut_padding((ids, mask))
    assert [part.shape for part in short] == [(3, 7), (3, 7)]
    assert torch.equal(short[0], ids[:, :7])
    assert [part.shape for part in cut_padding(texts(torch.tensor([0])).x)] == [(1, 1), (1, 1)]


def test_only_a_model_that_says_so_gets_shorter_rows() -> None:
    samples = texts(torch.tensor([3, 7]))
    assert any_length(Bag(), samples)
    assert not any_length(nn.Linear(2, 2), samples)
    assert not any_length(Bag(), Samples(samples.x[1:], samples.y, "audio"))
