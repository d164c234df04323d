import pytest

from edgeattn_runtime.displayable import displayable


@pytest.mark.parametrize(
    "character", ["\x00", "\x07", "\x08", "\r", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066"]
)
def test_what_steers_a_terminal_is_shown_as_unknown(character):
    assert displayable(f"a{character}b") == "a\ufffdb"


def test_words_of_every_language_stay_as_they_are():
    text = "Daumen hoch, 親指, إبهام, pulgar\n\tü 0.5 °C → 1.9x"
    assert displayable(text) == text
