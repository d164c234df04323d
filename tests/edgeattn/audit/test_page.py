from __future__ import annotations

import json
from pathlib import Path

from edgeattn.audit.page import render_html, write_page
from tests.edgeattn.audit.conftest import Make


def test_the_page_shows_every_candidate_and_escapes_what_comes_from_outside(audited: Make) -> None:
    page = render_html(audited())
    assert "no &lt;operator&gt;" in page
    assert "<script" not in page
    for name in ("cnn", "recurrent", "single-head", "multi-head", "hybrid"):
        assert page.count(name) > 2
    assert page.count('class="chart"') == 4 + 5 + 4 + 4 + 4  # gains, accuracies, and of four files


def test_both_files_are_whole_or_not_there(audited: Make, tmp_path: Path) -> None:
    write_page(tmp_path / "out", audited())
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "audit.html",
        "audit.json",
    ]
    assert json.loads((tmp_path / "out" / "audit.json").read_text())["verdict"]["answer"] == "yes"
