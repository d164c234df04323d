from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchmarks.peers.catalog import EDGEATTN, PEERS
from benchmarks.peers.judge import Contest, Row
from benchmarks.peers.store import Made
from benchmarks.peers.table import HEAD, comparison, lost, model_table, summary, tools

MakeRow = Callable[..., Row]
OLIVE = next(peer for peer in PEERS if peer.name == "olive")


def test_a_peer_that_wins_is_marked(make_row: MakeRow) -> None:
    ours, slower = make_row("edgeattn", "onnx int8", 2.0), make_row("olive", "static", 3.0)
    faster = make_row("optimum", "vnni-static", 1.0)
    wrong = make_row("onnxruntime", "static", 1.0, sqnr=5.0)
    contest = Contest("bert", (ours, slower, faster, wrong))
    assert comparison(faster, contest) == "0.50x (0.50 to 0.50), **this peer wins**"
    assert comparison(slower, contest) == "1.50x (1.50 to 1.50)"
    assert comparison(wrong, contest) == "0.50x (0.50 to 0.50), wrong answers"
    assert comparison(ours, contest) == ""


def test_another_engine_is_compared_with_edgeattns_fastest(make_row: MakeRow) -> None:
    contest = Contest(
        "bert", (make_row("edgeattn", "onnx int8", 2.0), make_row("edgeattn", "tflite int8", 1.0))
    )
    nncf = make_row("openvino", "default", 3.0)
    assert comparison(nncf, contest) == "3.00x (3.00 to 3.00)"


def test_losses_are_listed_the_widest_gap_first(make_row: MakeRow) -> None:
    bert = Contest(
        "bert",
        (
            make_row("edgeattn", "tflite int8", 2.0), make_row("onnx2tf", "dynamic", 1.5),
            make_row("litert", "dynamic", 3.0), make_row("litert", "static", 0.5, sqnr=9.0),
        ),
    )  # fmt: skip
    swin = Contest(
        "swin", (make_row("edgeattn", "onnx int8", 2.0), make_row("openvino", "default", 1.0))
    )
    made = lost([bert, swin])
    assert [row[1] for row in made.rows] == [
        "NNCF quantize() on OpenVINO", "onnx2tf -oiqt, dynamic range on LiteRT",
    ]  # fmt: skip
    assert made.rows[1][2] == "0.75x (0.75 to 0.75)"
    assert lost([]).note.endswith("There is none.")


def test_every_tool_is_named_with_its_pins() -> None:
    made = tools([EDGEATTN, OLIVE], {"edgeattn": 1237.4, "olive": 1377.0})
    assert made.rows[0] == ("edgeattn", "this repository, `edgeattn[all]`", "1237")
    assert "olive-ai==" in made.rows[1][1]


def test_an_interval_around_one_is_a_draw(make_row: MakeRow) -> None:
    ours = replace(make_row("edgeattn", "onnx int8", 1.0), ms=(1.0, 1.1, 1.2, 1.3, 1.4))
    peer = replace(make_row("olive", "static", 1.0), ms=(1.4, 1.3, 1.2, 1.1, 1.0))
    assert comparison(peer, Contest("bert", (ours, peer))).endswith(", a draw")


def test_rows_are_sorted_by_engine_and_speed_and_failures_close_the_table(
    make_row: MakeRow,
) -> None:
    contest = Contest(
        "bert",
        (
            make_row("litert", "dynamic", 1.0), make_row("olive", "static", 3.0),
            make_row("edgeattn", "onnx int8", 2.0),
        ),
        (Made(OLIVE, OLIVE.recipes[1], note="no wheel"),),
    )  # fmt: skip
    made = model_table(contest, {"olive": 1377.0})
    assert [row[0] for row in made.rows] == [
        "**EdgeAttn int8, recommended**", "Olive OnnxStaticQuantization",
        "ai-edge-quantizer dynamic_wi8_afp32()", "Olive OnnxDynamicQuantization (no wheel)",
    ]  # fmt: skip
    assert made.rows[-1][-1] == "1377"
    assert made.head == HEAD


def test_the_summary_names_the_winner_of_every_model(make_row: MakeRow) -> None:
    contest = Contest(
        "bert",
        (
            replace(make_row("edgeattn", "onnx int8", 2.0, over=1.8)),
            make_row("onnxruntime", "float", 4.0), make_row("openvino", "default", 1.0, over=4.0),
        ),
    )  # fmt: skip
    (row,) = summary([contest]).rows
    assert row[1] == "torch.onnx.export, 4.00 ms"
    assert row[2] == "1.80x (1.75 to 1.85), 40.0 dB"
    assert row[4] == "-"
    assert row[6].startswith("NNCF quantize() on OpenVINO, 4.00x")
