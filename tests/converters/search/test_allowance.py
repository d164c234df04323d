import pytest

from edgeattn_converters.search.allowance import Allowance, OutOfTime


def allowance(seconds, said=None):
    ticks = iter(range(100))
    progress = None if said is None else lambda text, share: said.append((text, share))
    return Allowance(seconds, lambda: float(next(ticks)), progress)


def test_noise_ends_at_a_third_and_cost_at_two_thirds_of_the_time():
    one = allowance(6.0)
    one.for_noise("a")  # 1 of 6 seconds
    one.for_noise("b")  # 2
    with pytest.raises(OutOfTime):
        one.for_noise("c")  # 3
    one.for_cost("d")  # 4
    with pytest.raises(OutOfTime):
        one.for_cost("e")  # 5
    one.step("f")  # 6
    with pytest.raises(OutOfTime):
        one.step("g")  # 7


def test_what_was_left_out_is_remembered():
    one = allowance(9.0)
    one.for_noise("a")
    assert not one.cut
    short = allowance(1.0)
    with pytest.raises(OutOfTime):
        short.for_noise("a")
    assert short.cut


def test_progress_is_told_before_each_step_and_never_more_than_all():
    said = []
    one = allowance(2.0, said)
    one.step("a")
    one.step("b")
    assert said == [("a", 0.5), ("b", 1.0)]
