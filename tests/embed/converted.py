"""Models of the zoo, converted for a browser's engines as a user does, with few samples."""

from __future__ import annotations

import shutil
from pathlib import Path
from unittest import mock

import numpy as np

from edgeattn.data.wordpiece import intents_vocabulary

SENTENCES = (
    "I lost my card", "How do I top up?", "Où est ma carte", "why was I charged twice",
    "exchange rate please", "my pin is blocked", "cancel the transfer", "still waiting for it!",
)  # fmt: skip
TEXT_LENGTH = 64


def converted(model: str, target: str, folder: Path) -> Path:
    """Return the bundle of `edgeattn convert MODEL --target TARGET`, in a folder of its own."""
    from edgeattn.conversion import convert
    from edgeattn_converters import verify

    folder.mkdir()
    np.savez(folder / "samples.npz", **_samples(model))
    # Which file is faster here is asked shortly, and nobody looks at the answer.
    with mock.patch.multiple(
        verify, WARMUP=1, ITERATIONS=3, BUDGET_S=0.2, peak_rss_mb=lambda path, threads: 1.0
    ):
        convert(
            model, out=folder / "bundle", calib=folder / "samples.npz",
            evaluation=folder / "samples.npz", target=target, search=False,
        )  # fmt: skip
    return folder / "bundle"


def int8_alone(bundle: Path, out: Path) -> Path:
    """Return a copy of a bundle without its float files: kits take the int8 ones then.

    Which of them a bundle recommends depends on the machine that converted it.
    """
    return Path(shutil.copytree(bundle, out, ignore=shutil.ignore_patterns("model_fp32*")))


def _samples(model: str) -> dict[str, np.ndarray]:
    """Return 16 samples: photos that come with the package, or sentences."""
    if model.startswith("gesture"):
        from edgeattn.data.gestures import load_gestures

        photos = load_gestures("test")
        rows = np.linspace(0, len(photos.y) - 1, 16).astype(int)
        return {"x": photos.x["x"][rows], "y": photos.y[rows]}
    ids, mask = intents_vocabulary().encode(SENTENCES * 2, TEXT_LENGTH)
    return {"ids": ids, "mask": mask, "y": np.arange(len(ids))}
