import pytest

from edgeattn.report import quantities as q
from edgeattn.report.card import render_html
from edgeattn.report.search import searches_of

TIMES = "\N{MULTIPLICATION SIGN}"
POINTS = [
    {
        "recipe": "int8-core", "latency_ms": 0.285, "speedup_vs_fp32": 2.32,
        "accuracy_drop_pp": 18.9, "sqnr_db": 2.0, "layers": {"int8": 18},
        "holds": False, "on_front": True, "chosen": False,
    },
    {
        "recipe": "int8-mix-3", "latency_ms": 0.306, "speedup_vs_fp32": 2.08,
        "accuracy_drop_pp": 0.18, "sqnr_db": 43.1, "layers": {"dynamic": 8, "float": 8, "int8": 2},
        "holds": True, "on_front": True, "chosen": True,
    },
]  # fmt: skip
GROUPS = [
    {
        "name": "blocks.0.attention.out", "precision": "float", "reason": "searched",
        "sqnr_db": {"int8": 2.1, "dynamic": 20.1},
        "extra_ms": {"int8": 0.004, "dynamic": 0, "float": -0.155},
    }
]  # fmt: skip
SEARCH = {
    "format": "tflite", "start": "int8-core", "complete": True, "seconds": 18.2,
    "outcome": "the fastest of 2 files", "points": POINTS, "groups": GROUPS,
}  # fmt: skip


def test_every_point_says_how_fast_how_right_and_what_of():
    [search] = searches_of({"search": [SEARCH]})
    assert (search.title, search.outcome) == ("LiteRT", "The fastest of 2 files")
    lossy, chosen = search.points
    assert lossy.marks == ("best trade", "loses too much")
    assert chosen.marks == ("chosen", "best trade")
    assert (lossy.role, chosen.role) == ("poor", "ship")
    cells = [cell.replace("\u202f", " ") for cell in chosen.cells]
    assert cells == [
        "0.306 ms",
        f"2.08{TIMES}",
        f"{q.MINUS}0.18 pp",
        "43.1 dB",
        "8 dynamic, 8 float, 2 int8",
    ]


def test_where_nothing_holds_the_point_is_the_nearest():
    missed = {**POINTS[0], "chosen": True}
    [search] = searches_of({"search": [{**SEARCH, "points": [missed]}]})
    assert search.points[0].marks[0] == "nearest"
    assert search.points[0].role == "poor"


def test_a_group_says_what_each_precision_does():
    [search] = searches_of({"search": [SEARCH]})
    [group] = search.groups
    assert group.noise.replace("\u202f", " ") == "int8 2.1 dB, dynamic 20.1 dB"
    words = group.extra.replace("\u202f", " ")
    assert words == f"int8 +4.00 {q.MICRO}s, dynamic 0, float {q.MINUS}0.155 ms"


@pytest.mark.parametrize("report", [{}, {"search": None}, {"search": []}, {"search": ["text"]}])
def test_a_report_without_a_search_shows_none(report):
    assert searches_of(report) == ()


def test_a_damaged_search_reads_not_measured():
    [search] = searches_of({"search": [{"points": [{}], "groups": [{"extra_ms": {"int8": None}}]}]})
    assert search.points[0].cells[0] == "not measured"
    assert search.points[0].chart is None
    assert search.groups[0].extra == "int8 not measured"


def test_the_card_shows_the_table(report):
    page = render_html(report(search=[SEARCH]))
    assert "The search for precision, LiteRT" in page
    assert "int8-mix-3" in page
    assert "What each group of layers costs" in page


def test_a_card_without_a_search_has_no_table(report):
    assert "The search for precision" not in render_html(report())


def test_names_are_escaped(report):
    bad = {**SEARCH, "points": [{**POINTS[0], "recipe": "<script>"}], "outcome": "<b>"}
    page = render_html(report(search=[bad]))
    assert "<script>" not in page
    assert "<b>" not in page.split("The search for precision")[1].split("</section>")[0]
