"""The choice, on made-up tables: noise and cost add up, so the best mix can be counted out."""

import dataclasses
import itertools

import pytest

from edgeattn_converters.search.choose import NOISE_OF_CLOCK, QUIET_DB, Tables, choose
from edgeattn_converters.search.groups import Group
from edgeattn_converters.search.point import Point

CHOICES = ("int8", "dynamic", "float")


class World:
    """Groups whose noise and milliseconds add up; a file loses 1000 points for all its noise."""

    def __init__(self, noise, extra, start="int8", choices=CHOICES, start_ms=1.0):
        names = sorted(noise)
        self.groups = tuple(Group(name, "linear", (name,), (name,), choices) for name in names)
        pairs = [(name, one) for name in names for one in choices]
        self.noise = {(n, p): noise[n][choices.index(p)] for n, p in pairs}
        self.extra = {(n, p): extra[n][choices.index(p)] for n, p in pairs}
        self.tables = Tables(self.groups, (start,) * len(names), start_ms, self.noise, self.extra)
        self.asked = []

    def point(self, mix, name="start"):
        pairs = [(group.name, one) for group, one in zip(self.groups, mix, strict=True)]
        noise = sum(self.noise[pair] for pair in pairs)
        ms = self.tables.start_ms + sum(self.extra[pair] for pair in pairs)
        return Point(name, mix, ms, 2.0 / ms, 1000 * noise, 40.0, True)

    def evaluate(self, mix):
        self.asked.append(mix)
        return self.point(mix, f"mix-{len(self.asked)}")

    def choose(self, budget):
        return choose(self.tables, self.point(self.tables.start), self.evaluate, budget)

    def best(self, budget):
        """Try every mix that keeps something in int8."""
        every = itertools.product(*(group.choices for group in self.groups))
        points = [self.point(mix) for mix in every if set(mix) != {"float"}]
        return min((p.latency_ms for p in points if p.drop_pp <= budget + 1e-9), default=None)


ONE_BAD = World(
    {"a": (1e-4, 5e-5, 0), "b": (5e-2, 4e-2, 0), "c": (1e-4, 5e-5, 0)},
    {"a": (0, 0.1, 0.5), "b": (0, 0.1, 0.2), "c": (0, 0.1, 0.5)},
)


def test_only_the_group_that_loses_is_lifted():
    point, ended = ONE_BAD.choose(1.0)
    assert point.mix == ("int8", "float", "int8")
    assert ended


def test_what_was_lifted_in_vain_is_put_back():
    # b removes more noise per millisecond and is lifted first; a has to be, and then b need not.
    world = World(
        {"a": (9e-3, 9e-3, 0), "b": (2e-3, 2e-3, 0)},
        {"a": (0, 0, 0.5), "b": (0, 0, 0.1)},
    )
    point, _ = world.choose(2.5)
    assert point.mix == ("float", "int8")
    assert point.latency_ms == pytest.approx(world.best(2.5))


@pytest.mark.parametrize("budget", [0.5, 1.0, 2.0, 4.0, 8.0, 16.0])
def test_the_choice_is_near_the_best_that_exists(budget):
    world = World(
        {"a": (8e-3, 1e-3, 0), "b": (4e-3, 5e-4, 0), "c": (2e-3, 2e-3, 0), "d": (1e-3, 1e-4, 0)},
        {"a": (0, 0.02, 0.2), "b": (0, 0.05, 0.3), "c": (0, 0.04, 0.05), "d": (0, 0.01, 0.4)},
    )
    point, _ = world.choose(budget)
    assert point.drop_pp <= budget
    assert point.latency_ms <= 1.05 * world.best(budget)  # greedy, not exhaustive
    assert len(world.asked) < 3**4 / 4


def test_a_start_that_holds_tries_only_what_measured_faster():
    world = World({"a": (1e-4, 0, 0), "b": (1e-4, 0, 0)}, {"a": (0, 0.1, 0.2), "b": (0, -0.1, 0.3)})
    point, _ = world.choose(1.0)
    assert point.mix == ("int8", "dynamic")
    assert world.asked == [("int8", "dynamic")]


def test_a_saving_below_the_noise_of_the_clock_is_none():
    saved = -0.9 * NOISE_OF_CLOCK
    world = World({"a": (1e-4, 0, 0)}, {"a": (0, saved, 0.2)})
    assert world.choose(1.0)[0].name == "start"
    assert world.asked == []


def test_a_faster_switch_that_breaks_the_budget_is_left_out():
    world = World(
        {"a": (1e-4, 0, 0), "b": (1e-4, 2e-1, 0), "c": (1e-4, 1e-4, 0)},
        {"a": (0, -0.1, 0.2), "b": (0, -0.2, 0.3), "c": (0, -0.05, 0.3)},
    )
    assert world.choose(1.0)[0].mix == ("dynamic", "int8", "dynamic")


def test_a_faster_mix_on_paper_that_measures_slower_is_not_taken():
    world = World({"a": (1e-4, 0, 0)}, {"a": (0, -0.1, 0.2)})
    slow = Point("slow", ("dynamic",), 1.2, 1.6, 0.0, 40.0, True)
    start = world.point(("int8",))
    assert choose(world.tables, start, lambda mix: slow, 1.0)[0] is start


def test_who_asked_for_four_bits_keeps_them_where_the_budget_allows():
    bits = ("w4", "dynamic", "float")
    world = World(
        {"a": (5e-2, 1e-4, 0), "b": (1e-4, 1e-4, 0)},
        {"a": (0, -0.1, 0.2), "b": (0, -0.1, 0.2)}, start="w4", choices=bits,
    )  # fmt: skip
    assert world.choose(1.0)[0].mix == ("dynamic", "w4")


def test_ties_are_broken_by_name():
    same, cost = (1e-2, 1e-2, 0), (0, 0.1, 0.1)
    world = World({"b": same, "a": same, "c": same}, {"b": cost, "a": cost, "c": cost})
    assert world.tables.ladder()[0] == ("float", "int8", "int8")
    assert world.choose(21.0)[0].mix == ("float", "int8", "int8")


def test_the_same_numbers_give_the_same_choice():
    first, second = (ONE_BAD.choose(0.5) for _ in range(2))
    assert first[0].mix == second[0].mix


def test_an_infeasible_budget_gives_the_nearest_point():
    world = World(
        {"a": (5e-2, 3e-2, 3e-2), "b": (1e-3, 1e-3, 0)}, {"a": (0, 0.1, 0.2), "b": (0,) * 3}
    )
    point, ended = world.choose(0.1)
    assert ended
    assert point.drop_pp == pytest.approx(30.0)
    assert point.mix == ("dynamic", "float")


def test_a_budget_of_0_takes_what_loses_nothing():
    world = World({"a": (1e-3, 0, 0), "b": (0, 0, 0)}, {"a": (0, 0.1, 0.3), "b": (0, 0.1, 0.3)})
    assert world.choose(0)[0].mix == ("dynamic", "int8")


@pytest.mark.parametrize("budget", [100, None])
def test_a_budget_of_100_or_none_keeps_the_fastest(budget):
    assert ONE_BAD.choose(budget)[0].name == "start"


def test_a_quiet_file_is_preferred_to_one_that_is_only_right_by_luck():
    world = World({"a": (1e-2, 1e-4, 0), "b": (0, 0, 0)}, {"a": (0, 0.1, 0.3), "b": (0, 0.1, 0.3)})
    loud = dataclasses.replace(world.point(("int8", "int8")), drop_pp=50.0, sqnr_db=2.0)
    lucky = Point("lucky", ("dynamic", "int8"), 1.1, 1.8, 0.0, QUIET_DB - 0.1, True)
    known = {lucky.mix: lucky, loud.mix: loud}

    def evaluate(mix):
        return known.get(mix) or world.evaluate(mix)

    assert choose(world.tables, loud, evaluate, 1.0)[0].mix == ("float", "int8")
    assert choose(world.tables, loud, known.get, 1.0)[0] is lucky, "where nothing better was tried"
    assert choose(world.tables, loud, evaluate, 100)[0] is loud


def test_an_unsound_file_holds_no_budget():
    world = World({"a": (1e-3, 0, 0), "b": (0, 0, 0)}, {"a": (0, 0.1, 0.3), "b": (0, 0.1, 0.3)})
    start = Point("start", ("int8", "int8"), 1.0, 2.0, 0.0, 40.0, False)
    known = {start.mix: start}
    point, _ = choose(world.tables, start, lambda mix: known.get(mix) or world.evaluate(mix), 100)
    assert point.mix == ("dynamic", "int8")


def test_a_search_that_may_try_nothing_more_says_so():
    point, ended = choose(ONE_BAD.tables, ONE_BAD.point(ONE_BAD.tables.start), lambda mix: None, 1)
    assert not ended
    assert point.name == "start"


def test_float_alone_is_no_int8_file():
    world = World({"a": (5e-2, 5e-2, 0)}, {"a": (0, 0.1, -0.5)})
    point, _ = world.choose(1.0)
    assert point.name == "start"
    assert world.asked == []
