import json
from pathlib import Path

import pytest

from edgeattn.devices.efficiency import EFFICIENCIES, WORST_OFF, efficiency_of, least_int8_over_fp32
from edgeattn.devices.load import load_profile
from edgeattn.devices.profile import ENGINES

PAGE = Path(__file__).parents[3] / "docs" / "measurements" / "roofline.json"


def test_the_shares_are_those_of_the_page():
    fits = json.loads(PAGE.read_text(encoding="utf-8"))["fits"]
    assert {(one["engine"], one["precision"]) for one in fits} == set(EFFICIENCIES)
    for one in fits:
        kept = EFFICIENCIES[one["engine"], one["precision"]]
        # Two digits of each share are kept.
        assert kept.compute == pytest.approx(one["compute"], abs=0.006)
        assert kept.memory == pytest.approx(one["memory"], abs=0.006)


def test_the_worst_estimate_is_that_of_the_page():
    fits = json.loads(PAGE.read_text(encoding="utf-8"))["fits"]
    assert pytest.approx(max(one["worst"] for one in fits), abs=0.006) == WORST_OFF


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_every_engine_has_its_shares(engine, precision):
    assert efficiency_of(engine, precision).compute > 0


@pytest.mark.parametrize(
    ("device", "least"),
    [("raspberry-pi-4", 0.95), ("raspberry-pi-5", 0.52), ("pixel-8", 0.44)],
)
def test_int8_on_arm_gains_no_more_than_its_instructions(device, least):
    assert least_int8_over_fp32(load_profile(device)) == least
