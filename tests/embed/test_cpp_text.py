"""The C++ kit for texts: its words and numbers are Python's, bit for bit."""

from __future__ import annotations

import random
import struct
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from edgeattn.data.wordpiece import INSIDE, SPECIAL, WordPiece, intents_vocabulary, words
from edgeattn.embed.texts import TEXTS
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.preprocessing import Step
from tests.embed.android.text_bundle import LENGTH, PIECES, text_bundle
from tests.embed.conftest import tool
from tests.embed.cpp_tools import built, run
from tests.embed.intents import intents_bundle

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("cpp")]

# Each of these takes another path: case, marks in several orders, what is kept of them, Hangul
# composed and not, Han and its doubles, joiners, controls, letters beyond 16 bits.
AWKWARD = (
    "aAéÉßẞİ\u0131Σ\u03c3ςǅŉﬁΐ\u0391Ά\U00010400\U0001d400\u0301\u0323\u0308\u0345\u0327\u1dfa\u0f71"
    "\u0f72\u0f73\u0f74\u09be\u09c7\u302e\u302f\u1715\u1b44\U00016ff0\U0001d165\U0001d16d\U0001d15e"
    "가각힣\u1100\u1161\u11a8中\uf900\U0002f800\u3400\U00020000ʰªº'\u2019.:·\u00ad\u200b\u200d\u2060"
    "\ufeff\ufffd\u0000\u0007\t\n\x1c\x85\xa0\u2028\u3000?!$+^`~「」—👍🏽\ue000\U000f0000"
    "\U0010fffd \u0378\u0600\u070f\u180e"
)


@pytest.fixture(scope="module")
def probe(tmp_path_factory) -> Path:
    """The program that shows what the headers of a kit do."""
    from edgeattn.embed.embed import embed

    folder = tmp_path_factory.mktemp("text")
    kit = embed(open_bundle(text_bundle(folder / "bundle")), "cpp", folder / "kit").folder
    source = Path(__file__).with_name("text_probe.cpp")
    flags = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
    flags += ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    run(tool("g++", "clang++"), *flags, f"-I{kit}/include", source, "-o", folder / "probe")
    return folder / "probe"


def asked(probe: Path, folder: Path, texts: list[bytes], what: str, *more) -> list[str]:
    file = folder / "texts.bin"
    file.write_bytes(b"".join(struct.pack("<I", len(text)) + text for text in texts))
    return run(probe, what, file, *more).split("\n")


def letters(line: str) -> str:
    return "".join(chr(int(point, 16)) for point in line.split())


def cpp_words(probe: Path, folder: Path, texts: list[bytes]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in asked(probe, folder, texts, "words"):
        if line:
            found[-1].append(letters(line))
        else:
            found.append([])
    return found[: len(texts)]


def test_every_letter_of_unicode_gives_the_words_of_python(probe, tmp_path):
    given = [
        point
        for point in range(0x110000)
        if (unicodedata.category(chr(point)) not in {"Cn", "Co", "Cs"} or point % 97 == 0)
        and not 0xD800 <= point < 0xE000
    ]
    assert len(given) > 140_000
    # Inside a word, alone, and around a capital sigma, which looks at its neighbours.
    texts = [
        "".join(
            f"A{chr(p)}b {chr(p)} A{chr(p)}Σ {chr(p)}Σ AΣ{chr(p)}B " for p in given[i : i + 500]
        )
        for i in range(0, len(given), 500)
    ]
    found = cpp_words(probe, tmp_path, [text.encode() for text in texts])
    assert [i for i, text in enumerate(texts) if found[i] != words(text)] == []


def test_letters_mixed_at_random_give_the_words_of_python(probe, tmp_path):
    pick = random.Random(0)
    marks = "".join(chr(p) for p in range(0x20000) if unicodedata.combining(chr(p)))
    texts = ["".join(pick.choices(AWKWARD, k=pick.randrange(30))) for _ in range(4000)]
    texts += ["a" + "".join(pick.choices(marks + "\u200db", k=12)) for _ in range(2000)]
    found = cpp_words(probe, tmp_path, [text.encode() for text in texts])
    assert [text for text, one in zip(texts, found, strict=True) if one != words(text)] == []


def test_bytes_that_are_no_utf_8_are_read_as_python_replaces_them(probe, tmp_path):
    pick = random.Random(1)
    pool = (
        b"az \x7f\x80\xbf\x9f\xa0\x8f\x90\xc0\xc1\xc2\xc3\xdf\xe0\xe4\xed\xef\xf0\xf3\xf4\xf5\xff"
    )
    texts = [bytes(pick.choices(pool, k=pick.randrange(12))) for _ in range(6000)]
    found = list(map(letters, asked(probe, tmp_path, texts, "points")))[: len(texts)]
    assert found == [text.decode("utf-8", "replace") for text in texts]
    found_words = cpp_words(probe, tmp_path, texts)
    assert found_words == [words(text.decode("utf-8", "replace")) for text in texts]


@pytest.mark.parametrize("length", [1, 2, 24, 64])
def test_the_numbers_are_those_of_python(probe, tmp_path, length):
    pick = random.Random(2)
    intents = intents_vocabulary()
    pieces = [piece.removeprefix(INSIDE) for piece in intents.vocabulary]
    texts = [*TEXTS, "\0", "a\0b", "why " * 20_000, "x" * 200_000, "é" * 100, "e\u0301" * 101]
    texts += [
        "".join(pick.choice(("", " ", "É", "-")) + pick.choice(pieces) for _ in range(40))
        for _ in range(500)
    ]
    letters_of_all = sorted({letter for text in texts for word in words(text) for letter in word})
    fine = WordPiece((*SPECIAL, *letters_of_all, *(INSIDE + one for one in letters_of_all)))
    for vocabulary in (intents, fine, PIECES):
        file = tmp_path / "vocabulary.txt"
        file.write_bytes("".join(f"{piece}\n" for piece in vocabulary.vocabulary).encode())
        given = [text.encode() for text in texts]
        more = (length, file, len(vocabulary.vocabulary))
        said = asked(probe, tmp_path, given, "numbers", *more)[: len(texts)]
        found = np.array([list(map(int, line.split())) for line in said])
        np.testing.assert_array_equal(found, vocabulary.encode(texts, length)[0])


def test_a_kit_for_texts_answers_as_python_on_both_engines(make_kit, tmp_path_factory):
    path = intents_bundle(tmp_path_factory.getbasetemp() / "intents")
    build = built(make_kit(path, "cpp"))
    said = run(tool("ctest"), "--test-dir", build, "--output-on-failure")
    assert "100% tests passed, 0 tests failed out of 3" in said
    bundle = open_bundle(path)
    step = next(one for one in bundle.manifest.preprocessing if one.name == "tokenize")
    pieces, length = WordPiece.from_step(step.options)
    text = "Ma carte, s'il vous plaît: I LOST it!"
    ids, mask = pieces.encode([text], length)
    logits = bundle.session(engine="onnxruntime").run({"ids": ids, "mask": mask})["output"][0]
    labels = [bundle.manifest.labels[i] for i in np.argsort(-logits, kind="stable")[:5]]
    model = build.parent / "model"
    assert [line.split()[2] for line in run(build / "classify", model, text).splitlines()] == labels
    # A word too few: the test of the kit itself must see it.
    (build.parent / "golden/texts.txt").write_bytes(b"where is it\0" * len(TEXTS))
    assert "text 1 has other numbers" in run(build / "preprocessing", code=1)
    vocabulary = model / "vocabulary.txt"
    vocabulary.write_bytes(vocabulary.read_bytes()[:-20])
    assert "put the file that came with it there" in run(build / "classify", model, text, code=1)
    vocabulary.unlink()
    assert "vocabulary.txt that can be read" in run(build / "classify", model, text, code=1)


def test_a_tokenizer_that_does_not_fit_the_model_is_left_out(make_kit, tmp_path):
    options = {name: value for name, value in PIECES.to_step(LENGTH + 1).items() if name != "step"}
    bundle = text_bundle(tmp_path / "bundle", steps=(Step("tokenize", options),))
    kit = make_kit(bundle, "cpp")
    assert not (kit / "model/vocabulary.txt").exists()
    assert not (kit / "include/edgeattn/letters.hpp").exists()
    assert "`run` takes prepared inputs" in (kit / "README.md").read_text(encoding="utf-8")
    assert ": passed" in run(built(kit, programs=("golden",)) / "golden", "onnxruntime")
