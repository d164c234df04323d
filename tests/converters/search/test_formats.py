from dataclasses import replace

import pytest

from edgeattn_converters.candidate import Draft
from edgeattn_converters.search.budget import Found
from edgeattn_converters.search.formats import (
    Search,
    recipes_of,
    reports_of,
    search_formats,
    worth_searching,
)
from edgeattn_converters.verdict import decide
from edgeattn_runtime.report import Gates
from edgeattn_runtime.search_report import SearchPoint, SearchReport
from tests.converters.search.subjects import by_size, measured, subject
from tests.converters.test_verdict import FP32, GOOD, candidate


def worth(*entries, gates=Gates(), search=Search()):  # noqa: B008 - frozen values
    return worth_searching(entries, decide(entries, gates, labelled=True), gates, search)


def test_a_uniform_variant_that_holds_needs_no_search():
    assert worth(FP32, GOOD) == ()


def test_a_search_is_worth_it_where_no_variant_holds():
    assert worth(FP32, candidate("int8", ms=0.5, speedup=2.0, drop=3.0)) == ("onnx",)
    assert worth(FP32, candidate("int8", ms=2.0, speedup=0.5)) == ("onnx",)
    assert worth(FP32, candidate("int8", ms=0.5, speedup=2.0, parity=False)) == ("onnx",)


def test_a_search_is_worth_it_where_more_speed_was_asked_for():
    assert worth(FP32, GOOD, gates=Gates(1.0, 3.0)) == ("onnx",)
    assert worth(FP32, GOOD, gates=Gates(1.0, 1.5)) == ()


def test_each_format_is_judged_for_itself():
    lite, bad = candidate("fp32", "tflite"), candidate("int8", "tflite", ms=0.5, drop=9.0)
    assert worth(FP32, GOOD, lite, bad) == ("tflite",)


def test_who_asks_for_a_search_gets_one():
    assert worth(FP32, GOOD, search=Search(always=True)) == ("onnx",)


def test_without_an_order_or_an_int8_file_there_is_none():
    bad = candidate("int8", drop=9.0)
    assert worth(FP32, bad, search=None) == ()
    assert worth(FP32, search=Search(always=True)) == ()


def test_files_for_other_engines_are_not_searched():
    elsewhere = candidate("int8", drop=9.0)
    elsewhere = replace(
        elsewhere, draft=replace(elsewhere.draft, key="tensorrt int8", target="tensorrt")
    )
    assert worth(FP32, GOOD, elsewhere) == ()


def test_the_formats_share_the_time_and_the_progress(tmp_path):
    said, order = [], Search(seconds=1e4, trials=2, journal=tmp_path / "j.jsonl", measure=by_size)
    found = search_formats(
        [subject("outliers")], measured("outliers"), Gates(2.0), order, threads=1,
        progress=lambda text, share: said.append((text, share)),
    )  # fmt: skip
    assert list(found) == ["tflite"]
    assert all(text.startswith("tflite: ") for text, _ in said)
    assert max(share for _, share in said) <= 1
    assert (tmp_path / "j.jsonl").exists(), "it goes when the bundle is whole, not before"


def test_the_journal_stays_while_a_search_is_unfinished(tmp_path):
    order = Search(journal=tmp_path / "j.jsonl")
    order.journal.write_text("")
    report = SearchReport("onnx", "int8", complete=False, seconds=1, outcome="")
    order.forget([report])
    assert order.journal.exists()
    order.forget([replace(report, complete=True)])
    order.forget([replace(report, complete=True)])
    assert not order.journal.exists()


def test_no_group_no_search():
    empty = replace(subject("hybrid"), groups=())
    order = Search(measure=by_size)
    assert search_formats([empty], measured(), Gates(), order, threads=1) == {}


@pytest.fixture
def both():
    """Return what a search found, and the verdict on its mix beside a uniform variant."""
    mix = candidate("int8-mix-1", ms=0.4, speedup=2.5)
    points = tuple(
        SearchPoint(name, ms, 2.0, 0.0, 40.0, chosen=name == "int8-mix-1")
        for name, ms in (("int8", 0.5), ("int8-mix-1", 0.4))
    )
    report = SearchReport("onnx", "int8", True, 3.0, "the fastest of 2 files", points)
    return {"onnx": Found(mix.draft, None, report)}, mix


def test_the_report_marks_what_ships(both):
    found, mix = both
    shipped = decide((FP32, GOOD, mix), Gates(), labelled=True)
    assert reports_of(found, shipped) == (found["onnx"].report,)


def test_where_the_last_measurement_turned_it_the_report_says_so(both):
    found, mix = both
    slow = replace(mix, facts=candidate("int8-mix-1", ms=0.6, speedup=1.7).facts)
    [report] = reports_of(found, decide((FP32, GOOD, slow), Gates(), labelled=True))
    assert [point.recipe for point in report.points if point.chosen] == ["int8"]
    assert report.outcome.endswith("measured again beside all others, int8 was faster")


def test_the_recipe_of_the_file_that_ships_is_handed_on():
    one = subject("outliers")
    every = measured("outliers")
    found = search_formats([one], every, Gates(2.0), Search(measure=by_size), threads=1)
    draft = found["tflite"].draft
    assert isinstance(draft, Draft)
    mix = replace(every[1], draft=draft, facts=replace(every[1].facts, accuracy_drop_pp=0.0))
    wins = decide((*every, mix), Gates(2.0), labelled=False)
    [(format, recipe)] = recipes_of(found, [one], wins)
    assert (format, recipe) == ("tflite", found["tflite"].recipe)
    uniform = decide(every, Gates(None), labelled=False)
    [(_, recipe)] = recipes_of(found, [one], uniform)
    assert recipe.name in {each.draft.recipe for each in every}
    assert recipe.layers == ()
