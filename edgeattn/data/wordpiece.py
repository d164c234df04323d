"""Text -> numbers of word pieces, with a vocabulary that travels in the bundle.

Words are what stands between white space and punctuation, in lower case and without accents. From
the left, each gives the longest piece the vocabulary knows; pieces inside a word begin with "##".

Source: Devlin et al. 2018, "BERT", and its BasicTokenizer and WordpieceTokenizer; the ids are the
same as those of Hugging Face's `tokenizers` with the same vocabulary (a test compares them where
that library is installed; docs/decisions says why it is not needed).
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeattn_runtime.errors import BadData, BadEnvironment

PADDING, UNKNOWN, START, MASKED = "[PAD]", "[UNK]", "[CLS]", "[MASK]"
SPECIAL = (PADDING, UNKNOWN, START, MASKED)  # ids 0, 1, 2 and 3
INSIDE = "##"
LONGEST_WORD = 100  # letters; a longer one is unknown, as in BERT


@dataclass(frozen=True)
class WordPiece:
    """A vocabulary, and how text becomes its numbers.

    >>> pieces = WordPiece((*SPECIAL, "card", "pay", "##ing", "##s"))
    >>> pieces.pieces("Paying cards?")
    ['pay', '##ing', 'card', '##s', '[UNK]']
    """

    vocabulary: tuple[str, ...]
    number: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a vocabulary without its first four pieces, or with one twice."""
        if self.vocabulary[: len(SPECIAL)] != SPECIAL:
            raise BadData(
                f"the vocabulary begins with {', '.join(self.vocabulary[:4]) or 'nothing'}; "
                f"its first pieces are {', '.join(SPECIAL)}"
            )
        number = {piece: index for index, piece in enumerate(self.vocabulary)}
        if len(number) != len(self.vocabulary):
            twice = next(p for i, p in enumerate(self.vocabulary) if number[p] != i)
            raise BadData(f"the vocabulary holds {twice!r} more than once; each piece has one id")
        object.__setattr__(self, "number", number)

    def pieces(self, text: str) -> list[str]:
        """Return the pieces of a text, [CLS] not among them."""
        return [piece for word in words(text) for piece in self._split(word)]

    def encode(
        self, texts: Sequence[str], length: int
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return ids and mask, both [N, length]: [CLS], the pieces, then [PAD].

        What does not fit is cut off at the end. The mask is 1 where a piece stands, 0 at [PAD].
        """
        split = functools.cache(self._split)  # the same words come again and again
        ids = np.zeros((len(texts), length), np.int32)
        for row, text in enumerate(texts):
            found = [START, *(piece for word in words(text) for piece in split(word))][:length]
            ids[row, : len(found)] = [self.number[piece] for piece in found]
        return ids, (ids != 0).astype(np.float32)

    def to_step(self, length: int) -> dict[str, Any]:
        """Return the manifest's step, vocabulary and all, so that a bundle needs nothing else."""
        return {
            "step": "tokenize",
            "method": "wordpiece",
            "length": length,
            "ids": "ids",
            "mask": "mask",
            "vocabulary": list(self.vocabulary),
        }

    @classmethod
    def from_step(cls, step: Mapping[str, Any]) -> tuple[WordPiece, int]:
        """Return what `to_step` was made of: the tokenizer and the length."""
        try:
            method, length, vocabulary = step["method"], int(step["length"]), step["vocabulary"]
        except (KeyError, TypeError, ValueError) as error:
            raise BadData(f"the step `tokenize` lacks {error}; convert the model again") from error
        if method != "wordpiece":
            raise BadData(f"the step `tokenize` is by {method!r}; `wordpiece` is known here")
        return cls(tuple(map(str, vocabulary))), length

    def _split(self, word: str) -> list[str]:
        found: list[str] = []
        rest = word
        while rest and len(word) <= LONGEST_WORD:
            mark = INSIDE if found else ""
            fits = (end for end in range(len(rest), 0, -1) if mark + rest[:end] in self.number)
            end = next(fits, None)
            if end is None:
                return [UNKNOWN]
            found.append(mark + rest[:end])
            rest = rest[end:]
        return found or [UNKNOWN]


def words(text: str) -> list[str]:
    """Return the words of a text; each mark of punctuation is a word, and so is each Han letter.

    >>> words("Où est ma carte-bleue?")
    ['ou', 'est', 'ma', 'carte', '-', 'bleue', '?']
    """
    apart = []
    for letter in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(letter)
        if letter.isspace():
            apart.append(" ")
        elif kind == "Mn" or kind.startswith("C") or letter == "\ufffd":
            continue
        elif _stands_alone(letter, kind):
            apart.append(f" {letter} ")
        else:
            apart.append(letter)
    return "".join(apart).split()


def intents_vocabulary() -> WordPiece:
    """Return the vocabulary of banking77 and clinc150, learnt from their training texts."""
    file = resources.files("edgeattn") / "data" / "vocabularies" / "intents.txt"
    try:
        return WordPiece(tuple(file.read_text(encoding="utf-8").split("\n")[:-1]))
    except (OSError, UnicodeError) as error:
        raise BadEnvironment(
            f"the vocabulary in {file} cannot be read ({error}); install edgeattn again"
        ) from error


def _stands_alone(letter: str, kind: str) -> bool:
    # ASCII symbols such as $ and + count as punctuation too, as in BERT.
    marks = kind.startswith("P") or (letter.isascii() and not letter.isalnum())
    return marks or "\u4e00" <= letter <= "\u9fff" or "\u3400" <= letter <= "\u4dbf"
