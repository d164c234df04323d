"""What Unicode says of letters, as small tables, for languages that bring none: C++.

They hold what `edgeattn.data.wordpiece` asks of this Python: lower case (with the final sigma),
canonical decomposition in its order, white space, what stands alone and what is dropped. Made when
a kit is made, of the same Unicode as Python's golden tokens.
"""

from __future__ import annotations

import functools
import operator
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from edgeattn.data.wordpiece import words

LETTER, SPACE, ALONE, DROPPED, DROPPED_MARK, MARK = range(6)
"""Kinds of code points. A mark may change places with a mark beside it (canonical order); only
the few that are kept must be sorted, and what is dropped and no mark stops that."""
CASED, IGNORED = 8, 16
"""Beside the kind: what decides whether a capital sigma ends a word, and what it looks past."""

SIGMA = "\u03a3"
HANGUL = range(0xAC00, 0xD7A4)  # decomposed by arithmetic, in every language
# What lies between and behind is not given to any letter: it is dropped.
PLANES = (range(0x40000), range(0xE0000, 0xE1000))


@dataclass(frozen=True)
class Letters:
    """The tables; all are sorted by code point.

    Attributes:
        unicode: The version they are of.
        kinds: From a code point on: its kind, with `CASED` or `IGNORED` added.
        folds: A letter, and the only one that is left of it.
        longer: A letter, and what is left of it.
        marks: A mark that is kept, and its canonical combining class.
    """

    unicode: str
    kinds: tuple[tuple[int, int], ...]
    folds: tuple[tuple[int, int], ...]
    longer: tuple[tuple[int, tuple[int, ...]], ...]
    marks: tuple[tuple[int, int], ...]


@functools.cache
def letters() -> Letters:
    """Return the tables of this Python's Unicode."""
    points = "".join(chr(point) for plane in PLANES for point in plane)
    kinds = [kind_of(letter) for letter in points]
    flags = map(operator.add, kinds, _around_sigma(points))
    of_points = dict(zip(map(ord, points), flags, strict=True))
    left = {
        ord(letter): fold
        for letter, kind in zip(points, kinds, strict=True)
        if kind not in {DROPPED, DROPPED_MARK} and (fold := folded(letter)) != letter
    }
    return Letters(
        unicode=unicodedata.unidata_version,
        kinds=_runs(of_points | {plane.stop: DROPPED for plane in PLANES}),
        folds=tuple((point, ord(fold)) for point, fold in left.items() if len(fold) == 1),
        longer=tuple(
            (point, tuple(map(ord, fold)))
            for point, fold in left.items()
            if len(fold) > 1 and point not in HANGUL
        ),
        marks=tuple(
            (ord(letter), unicodedata.combining(letter))
            for letter, kind in zip(points, kinds, strict=True)
            if kind == MARK
        ),
    )


def kind_of(letter: str) -> int:
    r"""Return the kind of a letter that needs no folding any more.

    >>> kind_of("a"), kind_of("\u3000"), kind_of("?"), kind_of("\u0301")
    (0, 1, 2, 4)
    """
    combining = unicodedata.combining(letter)
    if letter.isalpha() and not combining and not _HAN.match(letter):
        return LETTER
    if unicodedata.category(letter) in {"Cn", "Co", "Cs"}:
        return DROPPED
    if letter.isspace():
        return SPACE
    # `words` itself tells the others; it takes its time, so not all are asked.
    found = words(f"a{letter}a")
    if found == ["aa"]:
        # A mark that decomposes into marks is no barrier, whatever its own class.
        marks = all(map(unicodedata.combining, unicodedata.normalize("NFD", letter)))
        return DROPPED_MARK if marks else DROPPED
    if len(found) > 1:
        return ALONE
    return MARK if combining else LETTER


_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


def folded(letter: str) -> str:
    r"""Return what is left of a letter in lower case and without accents.

    >>> folded("\u00c9")
    'e'
    """
    lower = letter.lower()
    if lower == letter and not unicodedata.decomposition(letter) and ord(letter) not in HANGUL:
        return letter
    plain = unicodedata.normalize("NFD", lower)
    return "".join(one for one in plain if kind_of(one) not in {DROPPED, DROPPED_MARK})


def _around_sigma(points: str) -> Iterator[int]:
    """Return `CASED`, `IGNORED` or 0 for each letter: read off what `str.lower` does."""
    end = "\n\n"  # neither cased nor ignored
    behind = "".join(f"{letter}{SIGMA}{end}" for letter in points).lower()
    past = "".join(f"A{letter}{SIGMA}{end}" for letter in points).lower()
    final = re.compile(f"([σς]){end}")
    for cased, either in zip(final.findall(behind), final.findall(past), strict=True):
        yield CASED if cased == "ς" else IGNORED if either == "ς" else 0


def _runs(flags: Mapping[int, int]) -> tuple[tuple[int, int], ...]:
    """Return where another flag begins; each is good for what follows until the next."""
    found: list[tuple[int, int]] = []
    for point, flag in sorted(flags.items()):
        if not found or found[-1][1] != flag:
            found.append((point, flag))
    return tuple(found)
