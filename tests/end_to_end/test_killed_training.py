"""A training whose process is killed at the worst moments ends as if it had not been."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edgeattn.data.data import Data
from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.training.loop import train
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.splits import Splits

TINY: dict[str, Any] = {"widths": (4, 4, 8), "local": 0, "depth": 1, "heads": 2, "expansion": 1}

KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np, torch
from edgeattn.data.data import Data
from edgeattn.training.loop import train
from edgeattn.training.outcome import TrainingResult
from edgeattn.training.processes import Processes
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.recipes import BY_KIND
from edgeattn.training.splits import Splits

how, out, photos, tiny = sys.argv[1], Path(sys.argv[2]), sys.argv[3], eval(sys.argv[4])
calls = 0

def kill_after(count):
    global calls
    calls += 1
    if calls == count:
        os.kill(os.getpid(), signal.SIGKILL)

def save_half(content, file):
    plain(content, file)
    file.flush()
    file.truncate(file.tell() // 2)
    kill_after({"checkpoint": 3, "state": 4}[how])  # each epoch writes a checkpoint, then a state
    file.seek(0)
    plain(content, file)

plain = torch.save
if how in ("checkpoint", "state"):
    torch.save = save_half
content = np.load(photos)
data = Data({"x": content["x"]}, content["y"], None, "n")
train("gesture-hybrid", Splits("n", data, data), out=out, arguments=tiny,
      recipe=TrainingRecipe(epochs=4, batch=8, warm_up_epochs=1, dropout=0.1),
      progress=(lambda title, share: kill_after(9)) if how == "epoch" else None)
"""


@pytest.mark.parametrize("how", ["epoch", "checkpoint", "state"])
def test_kill_nine_at_the_worst_moment_loses_nothing(tmp_path: Path, how: str) -> None:
    """In the middle of the second epoch, or with its checkpoint or state half written."""
    recipe = TrainingRecipe(epochs=4, batch=8, warm_up_epochs=1, dropout=0.1)
    y = np.arange(48) % 2
    noise = np.random.default_rng(0).random((48, 3, 16, 16), np.float32)
    bare = Data({"x": 0.5 * noise + 0.5 * y.astype(np.float32)[:, None, None, None]}, y, None, "n")
    np.savez(tmp_path / "x.npz", x=bare.x["x"], y=y)
    broken = tmp_path / "broken"
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, how, str(broken), str(tmp_path / "x.npz"), repr(TINY)],
        env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    assert len(list(broken.glob(".*.part"))) == (0 if how == "epoch" else 1)
    assert (
        load_checkpoint(broken / "gesture-hybrid.pt").model == "gesture-hybrid"
    )  # never half a checkpoint

    data = Splits("n", bare, bare)
    resumed = train("gesture-hybrid", data, out=broken, recipe=recipe, arguments=TINY, resume=True)
    whole = train("gesture-hybrid", data, out=tmp_path / "whole", recipe=recipe, arguments=TINY)
    one, other = (load_checkpoint(each.checkpoint).module.state_dict() for each in (resumed, whole))
    assert all(torch.equal(one[key], other[key]) for key in one)
    assert not list(broken.glob(".*"))  # what the kill left behind is gone
