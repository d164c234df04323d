"""BANKING77: what customers ask a bank, 77 intents, CC BY 4.0.

Casanueva et al. 2020, "Efficient Intent Detection with Dual Sentence Encoders", arXiv:2003.04807;
github.com/PolyAI-LDN/task-specific-datasets, banking_data: train.csv, test.csv, categories.json.
"""

from __future__ import annotations

from pathlib import Path

from edgeattn.data.data import Data
from edgeattn.data.texts import read_csv, read_json, text_data
from edgeattn.data.wordpiece import intents_vocabulary
from edgeattn_runtime.errors import BadData

LENGTH = 64  # pieces
VALIDATION_EVERY = 10  # of the training texts of each intent


def read_banking77(folder: Path, split: str) -> tuple[list[str], list[str]]:
    """Return texts and intents: every tenth training text of an intent validates."""
    rows = read_csv(folder / f"{'test' if split == 'test' else 'train'}.csv", ("text", "category"))
    if split != "test":
        rows = [row for row, held in zip(rows, _held_back(rows), strict=True)
                if held == (split == "validation")]  # fmt: skip
    return [text for text, _ in rows], [intent for _, intent in rows]


def load_banking77(folder: Path, split: str) -> Data:
    """Return ids and mask [N, 64] with labels: 9,038 / 965 / 3,080 texts."""
    texts, intents = read_banking77(folder, split)
    names = read_json(folder / "categories.json")
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise BadData(f"{folder / 'categories.json'} is no list of names; place the file again")
    return text_data(
        texts,
        intents,
        names,
        f"banking77 {split}",
        tokenizer=intents_vocabulary(),
        length=LENGTH,
    )


def _held_back(rows: list[tuple[str, ...]]) -> list[bool]:
    seen: dict[str, int] = {}
    held = []
    for _, intent in rows:
        seen[intent] = seen.get(intent, 0) + 1
        held.append(seen[intent] % VALIDATION_EVERY == 0)
    return held
