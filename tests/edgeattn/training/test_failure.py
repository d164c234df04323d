from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from edgeattn.training.failure import LossNotFinite, keep_batch

ROWS = torch.arange(20, 30)


def failure() -> LossNotFinite:
    return LossNotFinite(
        "the loss is nan",
        "epoch 2, batch 1 of 3",
        0.001,
        rows=ROWS,
        inputs=(torch.ones(10, 2), torch.zeros(10)),
        truth=torch.arange(10),
    )


def test_the_message_says_where_and_which() -> None:
    assert str(failure()) == (
        "the loss is nan in epoch 2, batch 1 of 3 (samples 20, 21, 22, 23, 24, 25, 26, 27, ...) "
        "at learning rate 0.001; look at these samples or lower the rate; the last whole epoch is "
        "kept"
    )


def test_the_batch_is_kept_and_the_message_says_where(tmp_path: Path) -> None:
    told = keep_batch(failure(), tmp_path / "out")
    assert f"look at these samples in {tmp_path / 'out' / 'failed-batch.npz'} or lower" in str(told)
    with np.load(tmp_path / "out" / "failed-batch.npz") as kept:
        assert sorted(kept) == ["input0", "input1", "rows", "truth"]
        assert kept["rows"].tolist() == ROWS.tolist()
        assert kept["input0"].shape == (10, 2)
