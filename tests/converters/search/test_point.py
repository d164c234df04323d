import json

from edgeattn_converters.search.point import Point, front


def point(name, ms, drop=0.0, db=40.0, sound=True):
    return Point(name, ("int8",), ms, 1 / ms, drop, db, sound)


def test_the_front_is_what_nothing_beats():
    fast, exact = point("fast", 0.3, 2.0, 30.0), point("exact", 0.6, 0.0, 50.0)
    beaten, equal = point("beaten", 0.6, 0.5, 40.0), point("equal", 0.3, 2.0, 30.0)
    assert front([beaten, exact, equal, fast]) == (equal, fast, exact)


def test_less_noise_at_the_same_accuracy_is_worth_a_place():
    assert len(front([point("a", 0.3, db=30.0), point("b", 0.4, db=45.0)])) == 2


def test_an_unsound_point_beats_nothing():
    good = point("good", 0.5)
    assert front([good, point("broken", 0.1, sound=False)]) == (good,)


def test_without_classes_only_noise_counts():
    assert point("a", 0.3, drop=None).within(0.0)
    assert len(front([point("a", 0.3, None, 30.0), point("b", 0.3, None, 40.0)])) == 1


def test_a_budget_of_0_allows_no_drop_and_a_gain():
    assert point("a", 1.0, drop=0.0).within(0)
    assert point("a", 1.0, drop=-0.2).within(0)
    assert not point("a", 1.0, drop=0.01).within(0)


def test_a_point_survives_its_text():
    one = point("a", 1 / 3, 0.1)
    assert Point.from_json(json.loads(json.dumps(one.to_json()))) == one
