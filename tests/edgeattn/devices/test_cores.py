import pytest

from edgeattn.devices.cores import Core, cores, peak
from edgeattn.devices.load import load_profile
from edgeattn.devices.profile import read_profile
from tests.edgeattn.devices.boards import BOARD

MEASURED = """
[[peak]]
precision = "fp32"
gops_per_s = 7
what = "measured, sgemm"
source = ["sheet"]
"""


def test_a_peak_is_operations_of_a_cycle_times_the_clock():
    roof = peak(read_profile(BOARD, "board"), "fp32")
    assert roof is not None
    assert roof.gops_per_s == cores()["Cortex-A72"].fp32_per_cycle * 1.5
    assert "The data sheet, 2024" in roof.source


def test_the_fastest_cores_of_a_phone_give_its_peak():
    roof = peak(load_profile("pixel-8"), "int8")
    assert roof is not None
    assert "Cortex-X3" in roof.what


def test_the_dot_product_raises_int8_four_times_above_float():
    with_it, without = cores()["Cortex-A76"], cores()["Cortex-A72"]
    assert with_it.per_cycle("int8") == 4 * with_it.per_cycle("fp32")
    assert without.per_cycle("int8") == 2 * without.per_cycle("fp32")


def test_a_measured_peak_comes_before_a_computed_one():
    roof = peak(read_profile(BOARD + MEASURED, "board"), "fp32")
    assert roof is not None
    assert roof.gops_per_s == 7


def test_a_core_nobody_knows_has_no_peak():
    assert peak(read_profile(BOARD.replace("Cortex-A72", "Cortex-Z1"), "board"), "fp32") is None


def test_a_core_without_its_clock_has_no_peak():
    assert peak(read_profile(BOARD.replace("clock_mhz = 1500\n", ""), "board"), "fp32") is None


def test_a_core_that_computes_nothing_is_refused():
    with pytest.raises(ValueError, match="computes nothing"):
        Core(name="X", fp32_per_cycle=0, int8_per_cycle=1, features=(), source=())
