from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from edgeattn.data.choice import Chosen
from edgeattn.data.data import Data
from edgeattn.dry_run import plan
from edgeattn_converters.order import Order
from edgeattn_converters.policies.tensorrt import TENSORRT
from edgeattn_converters.recipe import read_recipe
from edgeattn_converters.search.formats import Search

ROWS = np.zeros((9, 8), np.float32)
DATA = Chosen(Data({"x": ROWS}, None, None, "a.npz"), Data({"x": ROWS[:4]}, None, None, "b.npz"))


def order(search: Search | None) -> Order:
    return Order(
        module=nn.Linear(8, 3), example_inputs=(torch.zeros(1, 8),), name="mine",
        calibration={}, calibration_hashes=(), evaluation={}, labels_of=None,
        recipe=read_recipe("int8"), formats=("tflite",), elsewhere=(TENSORRT,), search=search,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("search", "said"),
    [
        (None, ""),
        (Search(seconds=7), "; would search per-layer precision for at most 7 s, should no int8 "
                            "variant hold the gates"),
        (Search(always=True), "; would search per-layer precision for at most 180 s"),
    ],
)  # fmt: skip
def test_a_plan_names_files_samples_and_the_search(search: Search | None, said: str) -> None:
    report = plan(order(search), DATA)
    assert report.verdict.reason == (
        "dry run: would write tflite and onnx for tensorrt of mine, calibrated with 9 samples of "
        f"a.npz, judged on 4 of b.npz{said}; nothing was measured"
    )
    assert (report.model.params, report.candidates) == (27, ())


def test_a_plan_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan(order(Search(journal=tmp_path / "journal.jsonl")), DATA)
    assert not list(tmp_path.iterdir())
