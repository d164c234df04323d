import math

import pytest

from benchmarks.roofline import CACHED, SHARES, Case, Fit, fit, fitted, page, ratios
from edgeattn.devices.roofline import Efficiency, Roof, estimate_ms
from edgeattn.devices.work import Work

ROOF = Roof(fp32_gops=100, int8_gops=400, gb_per_s=10)


def case(name, operations, moved, efficiency):
    """Return a model that takes exactly what the roofline says at `efficiency`."""
    file = (
        Work("a", "linear", "fp32", operations, 1000),
        Work("b", "softmax", "fp32", 0, moved),
    )
    return Case(name, "onnxruntime", "fp32", estimate_ms(file, ROOF, efficiency), (file,))


@pytest.fixture
def true():
    return Efficiency(float(SHARES[70]), float(CACHED[50]))


@pytest.fixture
def models(true):
    sizes = ((10**8, 10**5), (10**7, 10**6), (10**6, 10**7), (3 * 10**7, 10**6))
    return [case(f"m{i}", *size, true) for i, size in enumerate(sizes)]


def test_the_shares_that_made_the_times_are_found_again(models, true):
    assert fitted([ratios(one, ROOF) for one in models]) == true


def test_a_model_that_fits_is_off_by_nothing(models):
    found = fit(models, ROOF)
    assert found.worst == pytest.approx(1.0)
    assert found.typical == pytest.approx(1.0)


def test_the_table_of_ratios_agrees_with_the_estimate(models):
    one = models[0]
    table = ratios(one, ROOF)
    efficiency = Efficiency(float(SHARES[3]), float(CACHED[7]))
    assert table[3, 7] == pytest.approx(one.off(ROOF, efficiency))


def test_the_fastest_file_counts(models):
    slow = (Work("a", "linear", "fp32", 10**10, 0),)
    both = Case("m", "e", "fp32", models[0].measured_ms, (slow, *models[0].files))
    assert both.estimate(ROOF, Efficiency()) == models[0].estimate(ROOF, Efficiency())


def test_too_short_counts_like_too_long():
    found = Fit(Efficiency(), (), (0.5, 2.0))
    assert found.worst == 2.0
    assert math.isclose(found.typical, 2.0)


def test_the_page_has_a_line_for_every_model_and_says_what_it_is_not(models):
    named = [
        Case("vit-tiny", one.engine, one.precision, one.measured_ms, one.files) for one in models
    ]
    text = page({("onnxruntime", "fp32"): fit(named, ROOF)}, ROOF, 32)
    assert len(text.tables[1].rows) == len(models)
    assert "Nothing here says anything about ARM" in text.lead
    assert text.bars[0].reached
