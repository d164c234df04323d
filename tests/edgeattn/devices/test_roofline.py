import pytest

from edgeattn.devices.load import load_profile
from edgeattn.devices.roofline import IDEAL, Efficiency, Roof, estimate_ms, roof_of
from edgeattn.devices.work import Work

ROOF = Roof(fp32_gops=10, int8_gops=40, gb_per_s=5)
HEAVY = Work("y", "linear", "fp32", 20_000_000, 1000)
WIDE = Work("z", "softmax", "fp32", 0, 5_000_000)


def test_what_computes_much_is_bound_by_compute():
    assert estimate_ms([HEAVY], ROOF) == pytest.approx(2.0)


def test_what_moves_much_is_bound_by_memory():
    assert estimate_ms([WIDE], ROOF) == pytest.approx(1.0)


def test_operators_run_one_after_the_other():
    assert estimate_ms([HEAVY, WIDE], ROOF) == pytest.approx(3.0)


def test_int8_has_a_roof_of_its_own():
    int8 = Work("y", "linear", "int8", HEAVY.operations, HEAVY.bytes)
    assert estimate_ms([int8], ROOF) == pytest.approx(0.5)


def test_half_an_efficiency_takes_twice_as_long():
    assert estimate_ms([HEAVY], ROOF, Efficiency(0.5, 1)) == pytest.approx(4.0)
    assert estimate_ms([WIDE], ROOF, Efficiency(1, 0.5)) == pytest.approx(2.0)
    assert Efficiency() == IDEAL


def test_the_roofs_of_a_board_come_from_its_profile():
    roof = roof_of(load_profile("raspberry-pi-5"))
    assert roof == Roof(fp32_gops=16 * 2.4, int8_gops=64 * 2.4, gb_per_s=12.05)


def test_a_board_whose_bandwidth_nobody_published_has_no_roofs():
    assert roof_of(load_profile("pixel-8")) is None


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_roof_at_nothing_is_refused(value):
    with pytest.raises(ValueError, match="not above 0"):
        Roof(fp32_gops=value, int8_gops=1, gb_per_s=1)


def test_an_efficiency_of_nothing_is_refused():
    with pytest.raises(ValueError, match="both shares are above 0"):
        Efficiency(0, 1)
