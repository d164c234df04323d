from __future__ import annotations

from benchmarks.child import Ran
from benchmarks.tool_cost import bars
from benchmarks.two_million import build


def test_bars_are_held_against_medians() -> None:
    slow, quick = Ran(70.0, 1600.0, ""), Ran(10.0, 100.0, "")
    overheads = {"m.onnx": {"ratio": {"ratio": 1.03, "low": 1.0, "high": 1.05}}}
    found = bars([quick, quick, slow], [slow, slow, quick], [10.0, 60.0, 20.0], [quick], overheads)
    assert [bar.reached for bar in found] == [True, False, False, True, False, False]
    assert found[1].found == "70.0 s"
    assert found[5].found == "+3.00 % (+0.00 to +5.00)"


def test_the_model_has_two_million_parameters_and_is_the_same_every_time() -> None:
    (model, (x,)), (again, _) = build(), build()
    assert round(sum(p.numel() for p in model.parameters()), -5) == 1_900_000
    assert model(x).equal(again(x))
