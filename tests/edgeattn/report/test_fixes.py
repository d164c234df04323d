from pathlib import Path

from edgeattn.fixing import Fixed
from edgeattn.linting import Linted
from edgeattn.report.fixes import render_fixed
from edgeattn_converters.lint.finding import Finding

FINDING = Finding(
    rule="mask", severity="info", op="softmax", layer="0", why="it is clipped", remedy="nothing",
    evidence="docs", count=4, fixable=True,
)  # fmt: skip
CLEAN = Linted("model", ("litert-xnnpack",), ())


def test_what_changed_and_how_far_the_numbers_moved_is_said():
    text = render_fixed(Fixed(Path("a.pt2"), (FINDING,), 3e-7, "4 random ones", CLEAN))
    assert text.startswith("Fixed, in a.pt2:")
    assert "mask: softmax (x4), it is clipped" in text
    assert "3.0e-07 of the largest output" in text


def test_nothing_to_fix_is_said():
    assert render_fixed(Fixed(None, (), 0.0, "", CLEAN)).startswith("Nothing to fix")


def test_a_model_that_cannot_be_converted_is_not_called_clean():
    broken = Linted("model", (), (Finding(**{**vars(FINDING), "severity": "error"}),))
    assert render_fixed(Fixed(None, (), 0.0, "", broken)) == "Nothing was written."
