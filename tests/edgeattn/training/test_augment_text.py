from __future__ import annotations

import pytest
import torch

from edgeattn.data.wordpiece import SPECIAL, UNKNOWN
from edgeattn.training import augment_text
from edgeattn.training.augment_text import drop_tokens

IDS = torch.cat(
    [torch.full((200, 1), 2), torch.arange(4, 24).repeat(200, 1), torch.zeros(200, 9)], 1
)
IDS = IDS.to(torch.int32)


def seed(number: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def test_the_special_pieces_are_those_of_the_tokenizer() -> None:
    assert SPECIAL.index(UNKNOWN) == augment_text.UNKNOWN
    assert len(SPECIAL) == augment_text.FIRST_PIECE


def test_only_pieces_of_words_become_unknown_in_about_that_share() -> None:
    dropped = drop_tokens(IDS, 0.25, seed())
    assert dropped.dtype == torch.int32
    changed = dropped != IDS
    assert bool((dropped[changed] == 1).all())
    assert not changed[IDS < 4].any()
    # 4,000 coins: a standard deviation of 0.7 %, five of them are room
    assert abs(float(changed[IDS >= 4].float().mean()) - 0.25) < 0.035


def test_the_same_seed_drops_the_same_pieces() -> None:
    assert torch.equal(drop_tokens(IDS, 0.2, seed(1)), drop_tokens(IDS, 0.2, seed(1)))
    assert not torch.equal(drop_tokens(IDS, 0.2, seed(1)), drop_tokens(IDS, 0.2, seed(2)))


def test_a_rate_of_zero_changes_nothing_and_the_original_stays() -> None:
    before = IDS.clone()
    assert torch.equal(drop_tokens(IDS, 0.0, seed()), IDS)
    drop_tokens(IDS, 0.9, seed())
    assert torch.equal(IDS, before)


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_a_share_that_leaves_nothing_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match=f"a share of {rate} pieces cannot be dropped"):
        drop_tokens(IDS, rate, seed())
