import pytest

from edgeattn.devices.facts import (
    Accelerator,
    Bandwidth,
    Cache,
    Cluster,
    Memory,
    Peak,
    Power,
    System,
)

SOURCE = ("a data sheet",)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Cluster(core="A", count=0, source=SOURCE), "count is 0"),
        (lambda: Cluster(core="A", count=1, clock_mhz=float("nan"), source=SOURCE), "clock_mhz"),
        (lambda: Cache(level="L2", kb=-1, shared="all", source=SOURCE), "kb is -1"),
        (lambda: Memory(kind="LPDDR4", sizes_gb=(4, 0), source=SOURCE), "memory sizes are above 0"),
        (lambda: Bandwidth(gb_per_s=0, what="measured", source=SOURCE), "gb_per_s is 0"),
        (lambda: Bandwidth(gb_per_s=1, what="fast", source=SOURCE), "begin with theoretical or"),
        (lambda: Peak(precision="int4", gops_per_s=1, what="", source=SOURCE), "is 'int4'"),
        (lambda: Accelerator(name="X", kind="tpu", takes="", source=SOURCE), "choose from gpu"),
        (lambda: System(name="X", python="3", source=SOURCE), "write it as text"),
        (lambda: System(name="X", glibc="2.x", source=SOURCE), "glibc is '2.x'"),
        (lambda: Power(what="W", value=float("inf"), source=SOURCE), "value is inf"),
    ],
)
def test_a_record_refuses_what_cannot_be(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_bandwidth_knows_whether_it_was_measured():
    assert Bandwidth(gb_per_s=1, what="measured, memcpy", source=SOURCE).measured
    assert not Bandwidth(gb_per_s=1, what="theoretical", source=SOURCE).measured
