from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint

SMALL = {"classes": 2, "widths": (8, 16, 16), "depth": 1, "heads": 4}


@pytest.fixture
def words(tmp_path: Path) -> tuple[str, ...]:
    """The command up to its choices, on a tiny model and twenty photos."""
    model = ZOO["gesture-hybrid"].build(**SMALL)
    save_checkpoint(Checkpoint(model, "gesture-hybrid", SMALL, (), None, None), tmp_path / "t.pt")
    y = np.arange(20) % 2
    x = np.random.default_rng(0).random((20, 3, 64, 64), np.float32)
    np.savez(tmp_path / "photos.npz", x=x, y=y)
    return (
        "prune", f"{tmp_path}/t.pt", "--data", f"{tmp_path}/photos.npz",
        "--out", f"{tmp_path}/small.pt",
    )  # fmt: skip


def test_prune_writes_a_smaller_checkpoint_and_says_so_in_json(
    edgeattn: Any, words: tuple[str, ...], tmp_path: Path
) -> None:
    done = edgeattn(*words, "--heads", "50%", "--channels", "0.25", "--json")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    assert facts["heads"] == {"blocks.0.attention": [4, 2]}
    assert facts["macs"][1] < facts["macs"][0]
    assert facts["checkpoint"] == f"{tmp_path}/small.pt"
    assert load_checkpoint(tmp_path / "small.pt").module.blocks[0].attention.heads == 2


def test_prune_says_in_words_what_it_did(edgeattn: Any, words: tuple[str, ...]) -> None:
    done = edgeattn(*words, "--target-macs", "60%", "--score", "magnitude")
    assert done.exit_code == 0, done.output
    assert "of the multiply-accumulates" in done.stdout
    assert "accuracy" in done.stdout


@pytest.mark.parametrize(
    ("choices", "code", "line"),
    [
        (("--heads", "1.5"), 2, "--heads is 1.5; give the share to remove"),
        (("--heads", "half"), 2, "'half' is no share; write 50% or 0.5"),
        (("--heads", "0.9"), 2, "would empty a layer; at most 0.75 can go"),
        (("--target-macs", "1%", "--score", "magnitude"), 2, "is out of reach"),
        ((), 2, "nothing is to be removed"),
    ],
    ids=str,
)
def test_what_is_typed_wrong_ends_in_one_line(
    edgeattn: Any, words: tuple[str, ...], choices: tuple[str, ...], code: int, line: str
) -> None:
    done = edgeattn(*words, *choices)
    assert done.exit_code == code
    assert line in done.stderr
    assert not Path(words[-1]).exists()


def test_a_file_that_is_no_checkpoint_is_an_input_at_fault(
    edgeattn: Any, words: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "t.pt").write_bytes(b"no checkpoint")
    done = edgeattn(*words, "--heads", "0.5")
    assert done.exit_code == 3
    assert "t.pt is no checkpoint" in done.stderr


def test_data_without_labels_are_an_input_at_fault(
    edgeattn: Any, words: tuple[str, ...], tmp_path: Path
) -> None:
    np.savez(tmp_path / "photos.npz", x=np.zeros((10, 3, 64, 64), np.float32))
    done = edgeattn(*words, "--heads", "0.5")
    assert done.exit_code == 3
    assert "has no labels, and --score taylor asks for the loss" in done.stderr
