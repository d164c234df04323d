import json
from importlib import resources

import pytest

from edgeattn.data.wordpiece import SPECIAL, WordPiece, intents_vocabulary, words
from edgeattn_runtime.errors import BadData, BadEnvironment
from edgeattn_runtime.preprocessing import Step

PIECES = WordPiece((*SPECIAL, "card", "pay", "##ing", "##s", "##a", "?", "c"))

SENTENCES = (
    "What's my PIN?", "I paid $12.50 — twice!", "naïve café", "a\tb\nc\x00d", "  ",
    "\u4f60\u597d ok", "İstanbul", "\uff46\uff55 width", "e\u0301clair", "re-order (now)",
    "x" * 101, "don\u2019t \u00a35",
)  # fmt: skip


def test_the_longest_piece_is_taken_from_the_left():
    assert PIECES.pieces("cards paying") == ["card", "##s", "pay", "##ing"]
    assert PIECES.pieces("ca") == ["c", "##a"]


def test_a_word_with_a_letter_nobody_knows_is_unknown_as_a_whole():
    assert PIECES.pieces("cardz card") == ["[UNK]", "card"]


def test_a_very_long_word_is_unknown():
    assert PIECES.pieces("c" + "a" * 99) == ["c"] + ["##a"] * 99
    assert PIECES.pieces("c" + "a" * 100) == ["[UNK]"]


def test_words_lose_case_accents_and_controls():
    assert words("Où EST\u00a0ma  carte-bleue?\u200b\x07") == [
        "ou", "est", "ma", "carte", "-", "bleue", "?",
    ]  # fmt: skip
    assert words("\u4f60\u597d") == ["\u4f60", "\u597d"]
    assert words(" \n") == []


def test_sentences_are_padded_and_cut_to_one_length():
    ids, mask = PIECES.encode(["card?", "card card card card", ""], 4)
    assert ids.dtype == "int32"
    assert mask.dtype == "float32"
    assert ids.tolist() == [[2, 4, 9, 0], [2, 4, 4, 4], [2, 0, 0, 0]]
    assert mask.tolist() == [[1, 1, 1, 0], [1, 1, 1, 1], [1, 0, 0, 0]]


def test_the_manifest_s_step_is_all_a_bundle_needs():
    step = json.loads(json.dumps(PIECES.to_step(16)))
    assert Step.from_json(step).to_json() == step
    assert WordPiece.from_step(step) == (PIECES, 16)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "bytes"}, "is by 'bytes'; `wordpiece` is known"),
        ({"vocabulary": ["a", "b"]}, r"begins with a, b; its first pieces are \[PAD\]"),
        ({"vocabulary": [*SPECIAL, "x", "x"]}, "holds 'x' more than once"),
        ({"length": None}, "the step `tokenize` lacks"),
    ],
)
def test_a_step_that_cannot_be_used_is_refused(change, message):
    with pytest.raises(BadData, match=message):
        WordPiece.from_step({**PIECES.to_step(16), **change})


def test_the_shipped_vocabulary_spells_ordinary_sentences():
    pieces = intents_vocabulary()
    assert len(pieces.vocabulary) == 4096
    assert pieces.pieces("Where is my card?") == ["where", "is", "my", "card", "?"]
    assert "[UNK]" not in pieces.pieces("Cryptocurrency xylophone 12,345")


def test_a_package_without_its_vocabulary_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    with pytest.raises(BadEnvironment, match=r"intents\.txt cannot be read .*install edgeattn"):
        intents_vocabulary()


def test_ids_are_those_of_the_tokenizers_library():
    tokenizers = pytest.importorskip("tokenizers")
    ours = intents_vocabulary()
    theirs = tokenizers.BertWordPieceTokenizer(
        dict(ours.number), cls_token="[CLS]", sep_token="[MASK]", mask_token="[MASK]",
        strip_accents=True, lowercase=True,
    )  # fmt: skip
    for sentence in SENTENCES:
        assert ours.pieces(sentence) == theirs.encode(sentence, add_special_tokens=False).tokens
