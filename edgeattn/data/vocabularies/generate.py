"""Make intents.txt from the training texts of banking77 and clinc150, where they lie.

python -m edgeattn.data.vocabularies.generate
"""

from __future__ import annotations

from pathlib import Path

from edgeattn.data.banking77 import read_banking77
from edgeattn.data.clinc150 import read_clinc150
from edgeattn.data.named import dataset_folder
from edgeattn.data.wordpiece import WordPiece
from edgeattn.data.wordpiece_training import train_wordpiece

SIZE = 4096


def intents() -> WordPiece:
    """Return the vocabulary of both sets' training split; no text that validates or tests."""
    banking, _ = read_banking77(dataset_folder("banking77"), "train")
    assistant, _ = read_clinc150(dataset_folder("clinc150"), "train")
    return train_wordpiece([*banking, *assistant], SIZE)


if __name__ == "__main__":
    Path(__file__).with_name("intents.txt").write_text(
        "".join(f"{piece}\n" for piece in intents().vocabulary), encoding="utf-8", newline="\n"
    )
