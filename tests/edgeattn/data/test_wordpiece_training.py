import pytest

from edgeattn.data.named import data_home
from edgeattn.data.vocabularies.generate import intents
from edgeattn.data.wordpiece import SPECIAL, intents_vocabulary
from edgeattn.data.wordpiece_training import train_wordpiece
from edgeattn_runtime.errors import BadUsage

TEXTS = ["low low low low low", "lower lower", "newest " * 6, "widest " * 3]  # Sennrich et al.


def test_pairs_that_occur_most_become_pieces_first():
    vocabulary = train_wordpiece(TEXTS, 100).vocabulary
    letters = [piece for piece in vocabulary[4:] if len(piece.removeprefix("##")) == 1]
    assert letters == sorted(letters)
    merged = vocabulary[4 + len(letters) :]
    # "es" and "st" occur nine times each, "##ow" and "lo" seven: signs before letters
    assert merged[:3] == ("##es", "##est", "##ow")
    assert {"low", "newest", "widest", "lower"} <= set(merged)


def test_the_order_of_the_texts_changes_nothing():
    assert train_wordpiece(TEXTS, 30) == train_wordpiece(TEXTS[::-1], 30)


def test_a_full_vocabulary_ends_the_training():
    assert len(train_wordpiece(TEXTS, 20).vocabulary) == 20


def test_what_occurs_once_is_no_piece():
    assert train_wordpiece(["abc"], 100).vocabulary == (*SPECIAL, "##b", "##c", "a")


def test_a_letter_that_is_doubled_is_joined_once():
    pieces = train_wordpiece(["aaa aaa aaa"], 100)
    assert pieces.pieces("aaa") == ["aaa"]


def test_a_vocabulary_too_small_for_the_letters_is_refused():
    with pytest.raises(BadUsage, match=r"a vocabulary of 5 is too small: letters .* are"):
        train_wordpiece(TEXTS, 5)


@pytest.mark.skipif(
    not all((data_home() / name).is_dir() for name in ("banking77", "clinc150")),
    reason="needs banking77 and clinc150 in EDGEATTN_DATA (docs/data.md)",
)
def test_the_shipped_vocabulary_is_what_its_generator_makes():
    assert intents() == intents_vocabulary()
