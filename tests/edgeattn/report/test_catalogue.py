from edgeattn.report.catalogue import WIDTH, render_catalogue, render_rule
from edgeattn_converters.lint import CATALOGUE, rule_named


def test_every_rule_is_listed_once():
    text = render_catalogue(CATALOGUE)
    names = [line.split()[0] for line in text.splitlines()[1:] if line[:1].strip()]
    assert [name for name in names if name in {rule.name for rule in CATALOGUE}] == [
        rule.name for rule in CATALOGUE
    ]


def test_an_entry_says_why_and_what_to_write_instead():
    text = render_rule(rule_named("mask"))
    assert "instead" in text
    assert "-30.0" in text
    assert text.endswith("docs/lint.md#mask")


def test_no_line_is_wider_than_the_terminal():
    texts = [render_catalogue(CATALOGUE), *map(render_rule, CATALOGUE)]
    assert max(len(line) for text in texts for line in text.splitlines()) <= WIDTH
