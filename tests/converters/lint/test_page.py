from pathlib import Path

import pytest

from edgeattn_converters.lint import CATALOGUE
from edgeattn_converters.lint.page import page

ROOT = Path(__file__).parents[3]
COMMAND = (
    'python -c "from edgeattn_converters.lint import CATALOGUE; '
    "from edgeattn_converters.lint.page import page; print(page(CATALOGUE), end='')\" "
    "> docs/lint.md"
)


def test_the_page_is_in_step_with_the_rules():
    written = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")
    assert written == page(CATALOGUE), f"write it again: {COMMAND}"


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.name)
def test_the_evidence_of_every_rule_exists(rule):
    for source in rule.evidence:
        if source.startswith("docs/"):
            assert (ROOT / source).is_file()
        if source.startswith(("passes/", "specialise/")):
            assert (ROOT / "converters" / "edgeattn_converters" / source).is_file()


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.name)
def test_every_rule_has_a_heading(rule):
    assert f"\n## {rule.name}\n" in page([rule])
