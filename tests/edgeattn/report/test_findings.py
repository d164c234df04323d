from edgeattn.report.findings import WIDTH, render_findings
from edgeattn_converters.lint.finding import Finding


def finding(severity="warning", layer="blocks.0", **parts):
    words = {"op": "gelu", "why": "it hurts " * 20, "remedy": "do this", "evidence": "measured"}
    return Finding(rule="island", severity=severity, layer=layer, **{**words, **parts})


def test_nothing_found_is_one_friendly_sentence():
    text = render_findings("model", ("a", "b"), ())
    assert text == "model is ready for a and b: nothing was found that would hurt it."


def test_errors_come_before_warnings_before_the_rest():
    text = render_findings("m", ("a",), [finding(one) for one in ("info", "error", "warning")])
    places = [text.index(words) for words in ("Cannot be", "Will be slow", "Good to know")]
    assert places == sorted(places)
    assert text.startswith("m for a: 1 error, 1 warning, 1 info")


def test_like_findings_are_said_once_with_all_their_layers():
    text = render_findings("m", ("a",), [finding(layer=f"blocks.{i}") for i in range(3)])
    assert text.count("do: do this") == 1
    assert "gelu in blocks.0, blocks.1, blocks.2" in text
    assert "1 warning" in text


def test_many_layers_are_counted_instead_of_listed():
    text = render_findings("m", ("a",), [finding(layer=f"b.{i}") for i in range(9)])
    assert "b.5 and 3 more" in text
    assert "b.6" not in text


def test_no_line_is_wider_than_the_terminal():
    text = render_findings("m", ("a",), [finding()])
    assert max(map(len, text.splitlines())) <= WIDTH


def test_what_the_conversion_repairs_comes_last_and_short():
    text = render_findings("m", ("a",), [finding(fixable=True, severity="info"), finding()])
    assert text.index("Will be slow") < text.index("Repaired by")
    assert "1 warning, 1 repaired" in text
    assert text.count("do: do this") == 1
