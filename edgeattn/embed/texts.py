"""Awkward texts and the numbers Python makes of them: what every language must make of them."""

from __future__ import annotations

from dataclasses import dataclass

from edgeattn.data.wordpiece import WordPiece
from edgeattn.embed.kit import Kit
from edgeattn.embed.vectors import Vector
from edgeattn_runtime.errors import BadData, BadUsage, BrokenBundle

# Accents composed and not, letters whose lower case is longer or depends on place, white space
# of many kinds, letters beyond 16 bits, controls, a word too long, more words than fit.
TEXTS = (
    "",
    "Où est ma carte-bleue?",
    "cafe\u0301 CAFÉ İstanbul ΟΔΟΣ ΣΑΣ straße ﬁn",
    "tabs\tand\u00a0wide\u3000spaces\u2028lines\x1f\x85end",
    "mixed 中文字符 and 한국어 and 日本語",
    "$5.00 + 10% = #1 @home ~`^|<>",
    "emoji 👍🏽 family 👨‍👩‍👧 flag 🇩🇪 \U00010400\U00020000",
    "soft\u00adhyphen zero\u200bwidth \ufeffmark \ufffd control\x07bell",
    "“quotes” — dashes … ¿qué? «guillemets» ، ؟",
    "a" * 100 + " " + "a" * 101 + " " + "é" * 100,
    "why " * 300,
)


@dataclass(frozen=True)
class Tokens:
    """How text becomes the inputs of a model.

    Attributes:
        pieces: The vocabulary; the number of a piece is its place.
        length: Numbers a text gives.
        ids: The input that takes the numbers.
        mask: The input that takes 1 where a piece stands and 0 behind the end.
        cases: Awkward texts, each ended by a zero byte, and their ids, int32 [texts, length].
    """

    pieces: tuple[str, ...]
    length: int
    ids: str
    mask: str
    cases: bytes
    expected: Vector

    @property
    def vocabulary(self) -> bytes:
        """The vocabulary as a file, one piece a line."""
        return "".join(f"{piece}\n" for piece in self.pieces).encode()

    def files(self) -> dict[str, bytes]:
        """Return the cases as files of golden/."""
        return {"texts.txt": self.cases, self.expected.file: self.expected.content}


def tokens_of(kit: Kit) -> Tokens | None:
    """Return the tokenizer of a kit; None when its model takes something else than text.

    Raises:
        BadUsage: The tokenizer is of a method that nobody here knows.
        BrokenBundle: It is damaged.
    """
    step = kit.tokenizer
    if step is None:
        return None
    if step.options.get("method") != "wordpiece":
        raise BadUsage(
            f"the step `tokenize` is by {step.options.get('method')!r} and not by EdgeAttn's "
            "`wordpiece`, so an app could not make tokens; leave the step out of manifest.json to "
            "get a kit that takes ids"
        )
    try:
        pieces, length = WordPiece.from_step(step.options)
    except BadData as error:
        raise BrokenBundle(f"the tokenizer in manifest.json is damaged: {error}") from error
    if any("\n" in piece for piece in pieces.vocabulary):
        raise BrokenBundle("a piece of the vocabulary holds the end of a line; convert it again")
    numbers, _ = pieces.encode(TEXTS, length)
    return Tokens(
        pieces=pieces.vocabulary,
        length=length,
        ids=str(step.options.get("ids", "ids")),
        mask=str(step.options.get("mask", "mask")),
        cases="".join(f"{text}\0" for text in TEXTS).encode(),
        expected=Vector.of("texts_ids.bin", numbers),
    )
