from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.peers.catalog import LITERT, ORT, PEERS
from benchmarks.peers.judge import Contest, Row, against, judged
from benchmarks.peers.rounds import Measured
from benchmarks.peers.source import Source
from benchmarks.peers.store import Made

MakeRow = Callable[..., Row]
LOGITS = np.eye(4, dtype=np.float32)


class FakeSource(Source):
    def reference(self) -> Any:
        return LOGITS

    def labels(self) -> Any:
        return np.arange(4)


SOURCE = FakeSource("gesture-hybrid", Path("model-key"))


def made(tool: str, recipe: str) -> Made:
    peer = next(peer for peer in PEERS if peer.name == tool)
    return Made(peer, next(one for one in peer.recipes if one.name == recipe), Path("file"), 1.0)


def ran(tool: str, recipe: str, ms: float, answers: Any = LOGITS) -> Measured:
    return Measured(made(tool, recipe), "CPU", answers, (ms,) * 5)


def test_speed_is_over_the_fastest_float_of_the_engine_and_of_all() -> None:
    contest = judged(
        SOURCE,
        [
            ran("onnxruntime", "float", 4.0), ran("edgeattn", "onnx fp32", 3.0),
            ran("edgeattn", "onnx int8", 1.0, 0.99 * LOGITS), ran("litert", "float", 2.0),
        ],
        [], {},
    )  # fmt: skip
    int8 = contest.ours("onnx int8")
    assert int8 is not None
    assert int8.over_engine.ratio == pytest.approx(3.0)
    assert int8.over_any.ratio == pytest.approx(2.0)
    assert int8.sqnr_db == pytest.approx(40.0, abs=0.01)  # an error of 1 %


def test_a_float_file_that_computes_something_else_is_no_reference() -> None:
    contest = judged(
        SOURCE,
        [ran("onnxruntime", "float", 4.0), ran("onnxsim", "fused", 1.0, 0.9 * LOGITS)],
        [], {},
    )  # fmt: skip
    assert contest.rows[0].over_engine.ratio == pytest.approx(1.0)
    assert contest.rows[1].over_any.ratio == pytest.approx(4.0)


def test_nothing_can_be_judged_without_a_float_file() -> None:
    with pytest.raises(ValueError, match="no float file ran"):
        judged(SOURCE, [ran("edgeattn", "onnx int8", 1.0)], [], {})


def test_accuracy_is_paired_with_pytorchs() -> None:
    wrong = LOGITS[[1, 0, 2, 3]]
    contest = judged(
        SOURCE, [ran("litert", "float", 2.0), ran("litert", "static", 1.0, wrong)], [], {}
    )
    row = contest.rows[1]
    assert (row.accuracy, row.agreement) == (0.5, 0.5)
    assert row.drop is not None
    assert row.drop.drop_pp == pytest.approx(50.0)


def test_what_did_not_run_keeps_its_reason() -> None:
    failed = Made(made("olive", "static").peer, made("olive", "static").recipe, note="no wheel")
    refused = made("litert", "static")
    contest = judged(
        SOURCE, [ran("litert", "float", 2.0)], [failed, refused], {refused.key: "SIGSEGV"}
    )
    assert [one.note for one in contest.absent] == ["no wheel", "SIGSEGV"]


def test_the_best_peer_is_the_fastest_whose_answers_are_right(make_row: MakeRow) -> None:
    contest = Contest(
        "bert",
        (
            make_row("edgeattn", "onnx int8", 1.0), make_row("onnxruntime", "static", 0.5, sqnr=12),
            make_row("onnxruntime", "dynamic", 2.0), make_row("olive", "static", 3.0),
            make_row("litert", "dynamic", 0.1),
        ),
    )  # fmt: skip
    best = contest.competitor(ORT)
    assert best is not None
    assert best.made.key == "onnxruntime dynamic"
    assert contest.stock(LITERT) is None


def test_edgeattns_best_is_its_fastest_recommended_int8(make_row: MakeRow) -> None:
    rows = (
        make_row("edgeattn", "onnx int8", 2.0), make_row("edgeattn", "tflite int8", 1.0),
        make_row("edgeattn", "tflite int8-core", 0.5), make_row("edgeattn", "tflite fp32", 0.1),
    )  # fmt: skip
    assert Contest("bert", rows).best() is rows[1]


def test_below_one_the_other_is_faster(make_row: MakeRow) -> None:
    ours, other = make_row("edgeattn", "onnx int8", 2.0), make_row("olive", "static", 1.0)
    assert against(ours, other).ratio == pytest.approx(0.5)
