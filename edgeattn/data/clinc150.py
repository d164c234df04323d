"""CLINC150: what people ask an assistant, 150 intents in ten domains, CC BY 3.0.

Larson et al. 2019, "An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction",
arXiv:1909.02027; github.com/clinc/oos-eval, data/data_full.json. The texts out of scope are left
aside: a classifier of 150 classes cannot get them right.
"""

from __future__ import annotations

from pathlib import Path

from edgeattn.data.data import Data
from edgeattn.data.texts import read_json, text_data
from edgeattn.data.wordpiece import intents_vocabulary
from edgeattn_runtime.errors import BadData

LENGTH = 32  # pieces
PARTS = {"train": "train", "validation": "val", "test": "test"}


def read_clinc150(folder: Path, split: str) -> tuple[list[str], list[str]]:
    """Return the texts in scope and their intents."""
    path = folder / "data_full.json"
    try:
        pairs = [(str(text), str(intent)) for text, intent in read_json(path)[PARTS[split]]]
    except (KeyError, TypeError, ValueError) as error:
        raise BadData(
            f'{path} holds no [[text, intent], ...] under "{PARTS[split]}" ({error}); place the '
            "file again"
        ) from error
    return [text for text, _ in pairs], [intent for _, intent in pairs]


def load_clinc150(folder: Path, split: str) -> Data:
    """Return ids and mask [N, 32] with labels: 15,000 / 3,000 / 4,500 texts.

    Classes are numbered in alphabetical order.
    """
    texts, intents = read_clinc150(folder, split)
    names = sorted(set(read_clinc150(folder, "train")[1]))
    return text_data(
        texts,
        intents,
        names,
        f"clinc150 {split}",
        tokenizer=intents_vocabulary(),
        length=LENGTH,
    )
