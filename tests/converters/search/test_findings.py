import pytest

from edgeattn_converters.search.choose import Tables
from edgeattn_converters.search.findings import described, search_report
from edgeattn_converters.search.groups import switched
from edgeattn_converters.search.point import Point
from tests.converters.search.subjects import subject

ONE = subject()
START = ("int8",) * 7
LIFTED = switched(ONE.groups, START, "attention.qkv", "dynamic")
NOISE = {
    (group.name, one): {"int8": 1e-4, "dynamic": 1e-6, "float": 0.0}[one]
    for group in ONE.groups
    for one in group.choices
}
EXTRA = {key: 0.0 if key[1] == "int8" else 0.02 for key in NOISE}


def points(drop):
    return (
        Point("int8-core", START, 1.0, 2.0, 5.0, 12.0, True),
        Point("int8-mix-1", LIFTED, 1.02, 1.96, drop, 38.0, True),
    )


def report(drop=0.5, noise=NOISE, complete=True):
    tables = Tables(ONE.groups, START, 1.0, noise, EXTRA)
    found = points(drop)
    return search_report(ONE, tables, found, found[1], 1.0, complete, 12.34)


def test_the_outcome_is_one_sentence():
    assert report().outcome == (
        "the fastest of 2 files with a loss of 1 points at most is "
        "int8-mix-1: 0.50 points, 38.0 dB, 1.96x fp32"
    )
    assert report(drop=1.2).outcome.startswith(
        "none of 2 int8 files holds a loss of 1 points at most; the nearest is int8-mix-1"
    )
    assert report(complete=False).outcome.startswith("stopped early, time or trials used up; ")


def test_a_lifted_group_says_what_it_was_lifted_for():
    [qkv] = [group for group in report().groups if group.name == "attention.qkv"]
    assert qkv.precision == "dynamic"
    assert qkv.reason == "searched: int8 alone leaves 40.0 dB, dynamic takes +0.020 ms"


def test_a_group_that_stayed_says_what_a_switch_would_take():
    [head] = [group for group in report().groups if group.name == "head"]
    assert head.reason == (
        "searched: alone 40.0 dB, dynamic takes +0.020 ms, float takes +0.020 ms"
    )
    assert head.sqnr_db == {"int8": pytest.approx(40.0), "dynamic": pytest.approx(60.0)}


def test_the_points_say_what_they_run_in_and_where_the_search_ended():
    start, mix = report().points
    assert (start.holds, mix.holds) == (False, True)
    assert (start.on_front, mix.on_front) == (True, True)
    assert (start.chosen, mix.chosen) == (False, True)
    assert mix.layers == {"dynamic": 1, "int8": 6}


def test_without_tables_a_group_is_as_in_the_start():
    tables = Tables(ONE.groups, START, 1.0, {}, {})
    found = search_report(ONE, tables, points(0.5), points(0.5)[0], 1.0, False, 1.0)
    assert found.groups[0].reason == "as in int8-core"


def test_a_model_without_classes_has_no_points_of_accuracy():
    assert described(Point("a", START, 1.0, 2.0, None, 31.0, True)) == "a: 31.0 dB, 2.00x fp32"
