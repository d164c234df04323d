import pytest

from edgeattn_converters.search.alike import stand_ins
from edgeattn_converters.search.allowance import OutOfTime
from edgeattn_converters.search.cost import AT_ONCE, extra_ms
from edgeattn_converters.search.journal import Journal
from edgeattn_runtime.latency import summarise
from tests.converters.search.subjects import by_size, subject


class Clock:
    """Times files by their size, on a machine that is slower by a half at every batch."""

    def __init__(self):
        self.batches = []

    def __call__(self, files):
        self.batches.append(tuple(files))
        drift = 1.5 ** len(self.batches)
        return {name: summarise([drift * each.p50]) for name, each in by_size(files).items()}


def costs(clock, journal=None, one=None):
    one = one or subject()
    start = ("int8",) * len(one.groups)
    return extra_ms(one, start, 10.0, clock, journal or Journal(None, ""), lambda text: None)


def test_a_switch_costs_what_the_file_with_it_takes_more():
    found = costs(Clock())
    assert found["stem.0.0", "int8"] == 0
    one = subject()
    mixes = [("int8",) * 7, ("int8",) * 6 + ("float",)]
    start, head = (len(one.quick_draft(mix).content) for mix in mixes)
    assert found["head", "float"] == pytest.approx(10.0 * (head / start - 1))


def test_a_drift_of_the_machine_between_batches_cancels():
    clock = Clock()
    steady = extra_ms(subject(), ("int8",) * 7, 10.0, by_size, Journal(None, ""), lambda text: None)
    assert costs(clock) == pytest.approx(steady)
    assert len(clock.batches) > 1


def test_every_batch_is_small_and_has_the_start_in_it():
    clock = Clock()
    costs(clock)
    assert all(batch[0] == "start" for batch in clock.batches)
    assert max(map(len, clock.batches)) <= AT_ONCE + 1


def test_an_unfinished_measurement_goes_on_where_it_stopped(tmp_path):
    path = tmp_path / "search.jsonl"
    whole, clock = costs(Clock()), Clock()

    def breaks(files):
        if clock.batches:
            raise KeyboardInterrupt
        return clock(files)

    with pytest.raises(KeyboardInterrupt):
        costs(breaks, Journal(path, "key"))
    again = Clock()
    assert costs(again, Journal(path, "key")) == pytest.approx(whole)
    assert not set(again.batches) & set(clock.batches)


def test_of_groups_that_are_alike_one_is_timed():
    one = subject("deep")
    clock = Clock()
    found = costs(clock, one=one)
    alike = stand_ins(one, ("int8",) * len(one.groups))
    timed = {name for batch in clock.batches for name in batch if name != "start"}
    assert len(timed) < sum(precision == "float" for _, precision in found)
    for name, other in alike.items():
        assert found[name, "float"] == found[other, "float"]


def test_what_the_time_does_not_suffice_for_is_left_out():
    said = []

    def stop(text):
        said.append(text)
        if len(said) > 1:
            raise OutOfTime

    one = subject()
    found = extra_ms(one, ("int8",) * 7, 10.0, by_size, Journal(None, ""), stop)
    whole = costs(by_size)
    assert set(found) < set(whole)
    assert all(found[switch] == whole[switch] for switch in found)
