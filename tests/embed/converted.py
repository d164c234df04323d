"""Models of the zoo, converted for a browser's engines as a user does, with few samples."""

from __future__ import annotations

from pathlib import Path

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

    folder.mkdir()
    np.savez(folder / "samples.npz", **_samples(model))
    convert(
        model, out=folder / "bundle", calib=folder / "samples.npz",
        evaluation=folder / "samples.npz", target=target, search=False,
    )  # fmt: skip
    return folder / "bundle"


def _samples(model: str) -> dict[str, np.ndarray]:
    """Return 16 samples: photos that come with the package, or sentences."""
    if model.startswith("gesture"):
        from edgeattn.data.gestures import load_gestures

        photos = load_gestures("test")
        rows = np.linspace(0, len(photos.y) - 1, 16).astype(int)
        return {"x": photos.x["x"][rows], "y": photos.y[rows]}
    ids, mask = intents_vocabulary().encode(SENTENCES * 2, TEXT_LENGTH)
    return {"ids": ids, "mask": mask, "y": np.arange(len(ids))}
