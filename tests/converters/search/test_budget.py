"""A whole search on a small model; latency is read off the files, so nothing depends on time."""

import itertools
import json

import pytest

from edgeattn_converters.search.budget import Limits, search
from edgeattn_converters.search.journal import Journal
from edgeattn_converters.verify import accuracy_of
from edgeattn_runtime.session import open_session
from tests.converters.search.subjects import by_size, measured, subject


def searched(name="outliers", budget=2.0, **settings):
    return search(subject(name), measured(name), budget, **{"measure": by_size, **settings})


@pytest.fixture(scope="module")
def found():
    return searched()


def test_what_the_outlier_breaks_is_lifted(found):
    groups = {group.name: group for group in found.report.groups}
    assert found.draft is not None
    assert groups["stem.0.0"].precision == groups["stem.2.0"].precision == "float"
    assert "int8 alone leaves" in groups["stem.0.0"].reason
    assert groups["attention.qkv"].precision != "float"


def test_the_chosen_file_holds_the_budget_on_its_engine(found):
    every = {one.draft.recipe: one.facts for one in measured("outliers")}
    assert all(facts.accuracy_drop_pp > 50 for name, facts in every.items() if name)
    one = accuracy_of(found.draft, open_session(found.draft.content), subject("outliers").evidence)
    assert one.parity.passed
    assert one.facts.accuracy_drop_pp <= 2
    [chosen] = [point for point in found.report.points if point.chosen]
    assert chosen.accuracy_drop_pp == one.facts.accuracy_drop_pp
    assert chosen.holds


def test_it_is_the_fastest_that_holds(found):
    holding = [point for point in found.report.points if point.holds and point.sqnr_db >= 25]
    assert min(holding, key=lambda point: point.latency_ms).chosen
    assert found.report.points == tuple(
        sorted(found.report.points, key=lambda point: (point.latency_ms, point.recipe))
    )


def test_the_recipe_makes_the_file_again(found):
    one = subject("outliers")
    mix = [group.precision for group in found.report.groups]
    assert found.draft.content == one.draft(tuple(mix), found.recipe.name).content


def test_the_layers_of_the_file_give_the_reason_of_the_search(found):
    reasons = {one.layer: one.reason for one in found.draft.decisions}
    assert reasons["stem.0.0"].startswith("searched: int8 alone leaves -5.")


def test_a_model_without_the_outlier_keeps_its_stem():
    found = searched("hybrid", 9.0)
    assert {group.name: group.precision for group in found.report.groups}["stem.0.0"] == "int8"


def test_the_same_numbers_give_the_same_file(found):
    assert searched().draft.content == found.draft.content


def test_a_budget_of_100_asks_for_speed_alone():
    found = searched("hybrid", 100.0)
    assert found.report.points[0].chosen
    assert found.recipe.name == found.report.points[0].recipe


def test_an_interrupted_search_goes_on_and_measures_nothing_twice(tmp_path, found):
    path = tmp_path / "search.jsonl"
    asked = []

    def breaks(files):
        asked.append(tuple(map(len, files.values())))
        if len(asked) == 4:
            raise KeyboardInterrupt
        return by_size(files)

    with pytest.raises(KeyboardInterrupt):
        searched(journal=Journal(path, "key"), measure=breaks)
    known = len(path.read_text().splitlines())
    later = []

    def goes_on(files):
        later.append(tuple(map(len, files.values())))
        return by_size(files)

    again = searched(journal=Journal(path, "key"), measure=goes_on)
    assert again.draft.content == found.draft.content
    assert not set(later) & set(asked[:3])
    words = [json.loads(line).get("what") for line in path.read_text().splitlines()]
    assert len(words) == len(set(words)) > known


def test_a_finished_journal_answers_everything(tmp_path, found):
    path = tmp_path / "search.jsonl"
    searched(journal=Journal(path, "key"))

    def never(files):
        raise AssertionError("it was timed again")

    again = searched(journal=Journal(path, "key"), measure=never)
    assert again.draft.content == found.draft.content
    assert again.report.points == found.report.points


def test_without_time_nothing_is_tried_and_it_says_so():
    ticks = iter(range(0, 10_000, 100))
    found = searched(limits=Limits(seconds=50), clock=lambda: float(next(ticks)))
    assert found.draft is None
    assert found.recipe.name == found.report.start
    assert not found.report.complete
    assert all(group.reason == f"as in {found.report.start}" for group in found.report.groups)
    assert not any(group.sqnr_db or group.extra_ms.get("float") for group in found.report.groups)
    assert found.report.outcome.startswith("stopped early, time or trials used up; none of ")


def test_time_for_a_part_of_the_tables_suffices_to_try_something():
    clock = itertools.count().__next__
    whole = searched().report
    found = searched(limits=Limits(seconds=24), clock=lambda: float(clock())).report
    assert not found.complete
    assert sum(len(group.sqnr_db) for group in found.groups) < sum(
        len(group.sqnr_db) for group in whole.groups
    )
    assert len(found.points) > len(measured("outliers")) - 1


def test_trials_are_counted():
    found = searched(limits=Limits(trials=1))
    uniform = len(measured("outliers")) - 1
    assert len(found.report.points) == uniform + 1
    assert not found.report.complete


def test_an_infeasible_budget_names_the_nearest():
    found = searched(budget=-1.0)  # as if a gain had been asked for
    assert "int8 files holds a loss of -1 points at most; the nearest is " in found.report.outcome
    assert found.report.complete
    assert not any(point.holds for point in found.report.points)


def test_progress_says_what_is_done_and_never_runs_past_the_end():
    said = []
    searched("hybrid", progress=lambda text, share: said.append((text, share)))
    assert said[0][0].startswith("sensitivity of")
    assert any(text.startswith("cost of") for text, _ in said)
    assert all(0 <= share <= 1 for _, share in said)
