from __future__ import annotations

import pytest
import torch
from torch import Generator

from edgeattn.training.augment import Augmentation, augment
from edgeattn.training.augment_audio import AudioAugmentation, augment_audio
from edgeattn.training.augment_motion import MotionAugmentation, augment_motion
from edgeattn.training.rand_augment import RandAugment
from edgeattn.training.vary import KINDS, TextAugmentation, vary


def draw() -> Generator:
    return Generator().manual_seed(3)


PHOTOS = torch.rand(4, 3, 8, 8, generator=draw())
CLIPS = torch.rand(4, 512, generator=draw()) - 0.5
MOTION = torch.randn(4, 6, 20, generator=draw())
IDS = torch.randint(0, 20, (4, 50), generator=draw())


def test_each_kind_is_changed_by_its_own_function() -> None:
    strengths = Augmentation(), AudioAugmentation(), MotionAugmentation()
    assert torch.equal(
        vary((PHOTOS,), strengths[0], draw())[0], augment(PHOTOS, strengths[0], draw())
    )
    assert torch.equal(
        vary((CLIPS,), strengths[1], draw())[0], augment_audio(CLIPS, strengths[1], draw())
    )
    mean, std = [1.0] * 6, [2.0] * 6
    assert torch.equal(
        vary((MOTION,), strengths[2], draw(), (mean, std))[0],
        augment_motion(MOTION, strengths[2], draw(), mean=mean, std=std),
    )


def test_motion_that_was_not_normalised_turns_as_it_is() -> None:
    strength = MotionAugmentation(jitter=0, scale=0)
    (turned,) = vary((MOTION,), strength, draw())
    torch.testing.assert_close(turned[:, :3].norm(dim=1), MOTION[:, :3].norm(dim=1))


def test_text_loses_pieces_and_keeps_its_mask() -> None:
    mask = torch.ones(4, 50)
    ids, same = vary((IDS, mask), TextAugmentation(dropped=0.5), draw())
    assert same is mask
    assert (ids[IDS < 4] == IDS[IDS < 4]).all()
    assert 0.3 < float((ids != IDS)[IDS >= 4].float().mean()) < 0.7


def test_every_augmentation_says_its_kind() -> None:
    assert KINDS[RandAugment] == "photos"
    assert set(KINDS.values()) == {"photos", "audio", "motion", "text"}


def test_a_share_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"dropped is 1\.0; give 0"):
        TextAugmentation(dropped=1.0)
