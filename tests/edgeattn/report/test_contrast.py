"""The colours of the card can be told apart: WCAG 2.1, 1.4.3 (text) and 1.4.11 (graphics)."""

import re
from importlib import resources

import pytest

CSS = (resources.files("edgeattn.report") / "templates" / "card.css").read_text(encoding="utf-8")
ROOTS = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
LIGHT, DARK, PRINT = (dict(re.findall(r"--([\w-]+): (#\w+)", root)) for root in ROOTS)
TEXT = [
    *(("ink", ground) for ground in ("paper", "sheet")),
    *(("soft", ground) for ground in ("paper", "sheet", "open-wash", "track")),
    *(("poor", ground) for ground in ("sheet", "poor-wash")),
    ("good", "good-wash"),
    ("sheet", "ship"),  # the words "ship this"
]
GRAPHICS = [
    (bar, ground) for bar in ("ship", "int8", "float", "stock", "poor") for ground in ("track",)
]


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), TEXT)
def test_words_can_be_read(theme, words, ground):
    assert contrast(theme[words], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK, PRINT], ids=["light", "dark", "print"])
@pytest.mark.parametrize(("bar", "ground"), GRAPHICS)
def test_bars_can_be_seen(theme, bar, ground):
    assert contrast(theme[bar], theme[ground]) >= 3.0


def test_both_themes_name_the_same_colours():
    assert LIGHT.keys() == DARK.keys()
    assert PRINT.keys() <= LIGHT.keys()
