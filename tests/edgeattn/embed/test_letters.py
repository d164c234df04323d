import bisect
import unicodedata

import pytest

from edgeattn.embed.letters import (
    ALONE,
    CASED,
    DROPPED,
    DROPPED_MARK,
    IGNORED,
    LETTER,
    MARK,
    SPACE,
    folded,
    kind_of,
    letters,
)


def flag_of(letter: str) -> int:
    kinds = letters().kinds
    return kinds[bisect.bisect_right(kinds, (ord(letter), 99)) - 1][1]


@pytest.mark.parametrize(
    ("letter", "flag"),
    [
        ("a", LETTER + CASED),
        ("\u4e00", ALONE),
        ("_", ALONE),
        (".", ALONE + IGNORED),
        ("\u3000", SPACE),
        ("\x1f", SPACE),
        ("\x07", DROPPED),
        ("\u00ad", DROPPED + IGNORED),
        ("\ufffd", DROPPED),
        ("\u0301", DROPPED_MARK + IGNORED),
        ("\u0f73", DROPPED_MARK + IGNORED),  # no mark by its class, but made of two
        ("\u302e", MARK),
        ("\U000e0100", DROPPED + IGNORED),
        ("\U00050000", DROPPED),
        ("\U0010ffff", DROPPED),
    ],
)
def test_a_letter_is_of_the_kind_that_words_makes_of_it(letter, flag):
    assert flag_of(letter) == flag


@pytest.mark.parametrize("letter", ["\u00c9", "\u0130", "\u1ebf", "\uf900", "\U00010400", "\u09cb"])
def test_what_is_left_of_a_letter_stands_in_one_of_the_tables(letter):
    tables = dict(letters().folds) | dict(letters().longer)
    left = tables[ord(letter)]
    assert "".join(map(chr, left if isinstance(left, tuple) else [left])) == folded(letter)


def test_what_is_left_needs_no_folding_any_more_and_is_kept():
    ends = [chr(end) for _, end in letters().folds]
    ends += [chr(end) for _, fold in letters().longer for end in fold]
    assert [end for end in ends if folded(end) != end] == []
    assert {kind_of(end) for end in ends} <= {LETTER, ALONE, MARK, SPACE}


def test_no_fold_is_longer_than_the_row_of_a_table():
    assert max(len(fold) for _, fold in letters().longer) <= 3


def test_the_tables_are_sorted_and_of_this_unicode():
    found = letters()
    for table in (found.kinds, found.folds, found.longer, found.marks):
        points = [row[0] for row in table]
        assert points == sorted(set(points))
    assert found.unicode == unicodedata.unidata_version
