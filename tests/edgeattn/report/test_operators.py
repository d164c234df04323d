from edgeattn.report.operators import operators_of

OPS = [
    {"op": "QLinearConv", "count": 10, "ms": 0.172, "share": 0.65, "provider": "CPU"},
    {"op": "<b>", "count": 2, "ms": None, "share": 0.35, "provider": "CPU"},
]


def test_every_kind_of_operator_is_a_line_with_its_share(report, candidate):
    [found] = operators_of(report(candidates=[candidate(per_op=OPS)]))
    assert found.name == "ONNX Runtime int8"
    conv, other = found.lines
    assert (conv.op, conv.count, conv.provider) == ("QLinearConv", "10", "CPU")
    assert conv.share.startswith("65.0")
    assert other.time == "not measured"
    assert "<b>" not in other.chart


def test_candidates_without_a_profile_are_left_out(report, candidate):
    assert operators_of(report()) == ()
    assert operators_of(report(candidates=[candidate(per_op=["damaged"])])) == ()
