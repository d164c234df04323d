from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from edgeattn.training.processes import ALONE, Processes, joined

SCRIPT = """
import sys
from pathlib import Path
import numpy as np, torch
from torch import nn
from edgeattn.data.data import Data
from edgeattn.models.catalog import ZOO, ZooEntry
from edgeattn.training import loop
from edgeattn.training.processes import joined
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.splits import Splits

def data(count, seed):
    y = np.arange(count) % 2
    x = np.random.default_rng(seed).standard_normal((count, 6, 4)).astype(np.float32)
    return Data({"x": x + y[:, None, None].astype(np.float32)}, y, None, "levels")

class Model(nn.Module):
    def __init__(self, classes, norm, broken=False):
        super().__init__()
        made = nn.BatchNorm1d(8) if norm == "batch" else nn.LayerNorm(8)
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(24, 8), made, nn.ReLU(), nn.Linear(8, classes))
        self.broken = broken
    def forward(self, x):
        if self.training:
            seen.append(len(x))
        fault = self.broken and self.training and processes.rank == 1
        return self.layers(x) * (torch.nan if fault else 1)

ZOO["toy"] = ZooEntry(summary="", build=Model, dataset="", preprocessing=(), input_shape=(1, 6, 4),
                      checkpoint=None, accuracy=None, params=0, macs=0)
states, make = [], loop.new_state
loop.new_state = lambda *words: states.append(make(*words)) or states[-1]
recipe = TrainingRecipe(epochs=2, batch=7, warm_up_epochs=0, augmentation=None)
splits = Splits("levels", data(21, 0), data(9, 1), data(8, 2))
out = Path(sys.argv[1])

with joined() as processes:
    for name in ("layer", "batch", "broken"):
        seen, result, error = [], None, ""
        folder = out / f"{name}{processes.rank}"
        arguments = {"norm": name} if name != "broken" else {"norm": "batch", "broken": True}
        try:
            result = loop.train("toy", splits, out=folder, recipe=recipe, arguments=arguments,
                                processes=processes)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
        state = states[-1]
        torch.save({
            "seen": seen, "error": error,
            "scores": result and [result.validation_accuracy, result.test_accuracy],
            "model": state.model.state_dict(), "average": state.average.state_dict(),
        }, out / f"{name}{processes.rank}.pt")

threads = [(task / "comm").read_text() for task in Path("/proc/self/task").glob("*")]
torch.save({"threads": threads}, out / f"left{processes.rank}.pt")
"""


def run(folder: Path, *launcher: str) -> Callable[[str, int], dict[str, Any]]:
    """Start the script above as a user would start `edgeattn train`; return a reader."""
    (folder / "script.py").write_text(SCRIPT)
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, *launcher, str(folder / "script.py"), str(folder)],
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return lambda name, rank: dict(torch.load(folder / f"{name}{rank}.pt", weights_only=True))


def test_two_processes_of_torchrun_train_one_model(tmp_path: Path) -> None:
    """Split batches, equal weights, one writer, and a fault that ends both: one start, as two are
    slow."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    rendezvous = ("--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0")
    two = run(tmp_path / "two", "-m", "torch.distributed.run", "--nproc-per-node", "2", *rendezvous)
    one = run(tmp_path / "one")

    assert two("layer", 0)["seen"] == [4] * 6  # 7 a batch, 3 batches, 2 epochs
    assert two("layer", 1)["seen"] == [3] * 6
    assert one("layer", 0)["seen"] == [7] * 6

    for name in ("layer", "batch"):
        mine, theirs = two(name, 0), two(name, 1)
        for part in ("model", "average"):
            assert all(torch.equal(mine[part][key], theirs[part][key]) for key in mine[part])
        assert mine["scores"] == theirs["scores"]
        files = ["metrics.jsonl", "toy.pt", "training.pt", "training.svg"]
        assert sorted(path.name for path in (tmp_path / "two" / f"{name}0").iterdir()) == files
        assert not (tmp_path / "two" / f"{name}1").exists()  # only the first process writes

    # The group's threads end with it: one that outlives it may abort the process at its exit.
    names = [name for rank in (0, 1) for name in two("left", rank)["threads"]]
    assert not [name for name in names if "gloo" in name]

    # Without BatchNorm a split batch is the same sum in another order. AdamW divides by the size of
    # the gradient, which makes more of the last bits: 1e-4 of weights near 1, steps of 2e-3.
    alone, together = one("layer", 0)["model"], two("layer", 0)["model"]
    for key in alone:
        torch.testing.assert_close(together[key], alone[key], atol=1e-4, rtol=0)
    assert two("layer", 0)["scores"] == one("layer", 0)["scores"]

    errors = [two("broken", rank)["error"] for rank in (0, 1)]
    assert all(one.startswith("LossNotFinite: the loss is nan in epoch 1, batch") for one in errors)
    assert [path.name for path in (tmp_path / "two" / "broken0").iterdir()] == ["failed-batch.npz"]
    assert not (tmp_path / "two" / "broken1").exists()


@pytest.mark.parametrize(("size", "count"), [(1, 8), (3, 8), (4, 4), (3, 2)])
def test_parts_cover_a_batch_once(size: int, count: int) -> None:
    rows = [row for rank in range(size) for row in range(count)[Processes(rank, size).part(count)]]
    assert rows == list(range(count))


def test_who_is_alone_sums_and_opens_nothing() -> None:
    with joined({}) as processes:
        assert processes == ALONE
        assert processes.first
        values = torch.tensor([1.0, 2.0])
        assert processes.sum(values) is values
        model = nn.BatchNorm1d(2)
        processes.average_statistics(model)
        processes.sum_gradients(model)
    assert not torch.distributed.is_initialized()
