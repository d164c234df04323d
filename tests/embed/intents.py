"""A bundle that takes text, in both formats: the shipped intent model, converted in seconds."""

from __future__ import annotations

import functools
from pathlib import Path
from unittest import mock

import numpy as np

RECIPE = 'name = "text"\ncore = "float"\nlinears = "static"\n'
LENGTH = 64
SENTENCES = (
    "I lost my card", "How do I top up?", "Où est ma carte", "why was I charged twice",
    "exchange rate please", "my pin is blocked", "cancel the transfer", "still waiting for it!",
)  # fmt: skip


@functools.cache
def intents_bundle(folder: Path) -> Path:
    """Return the bundle, made in a folder; what it measures is of this machine, not looked at."""
    from edgeattn.conversion import convert
    from edgeattn.data.wordpiece import intents_vocabulary
    from edgeattn_converters import verify

    folder.mkdir()
    ids, mask = intents_vocabulary().encode(SENTENCES * 2, LENGTH)
    np.savez(folder / "samples.npz", ids=ids, mask=mask, y=np.arange(len(ids)))
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    with mock.patch.multiple(
        verify, WARMUP=1, ITERATIONS=3, BUDGET_S=0.2, peak_rss_mb=lambda path, threads: 1.0
    ):
        convert(
            "intent-banking77", out=folder / "bundle", calib=folder / "samples.npz",
            evaluation=folder / "samples.npz", recipe=str(folder / "recipe.toml"), target="arm64",
            search=False,
        )  # fmt: skip
    return folder / "bundle"
