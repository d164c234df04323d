from edgeattn.runs.history import list_runs
from edgeattn.runs.table import facts_of, table_of


def test_a_line_tells_what_ran_where_and_how_fast(record):
    record(2.5, device="ssh://pi@kitchen")
    line = table_of(list_runs()).splitlines()[1]
    for cell in ("1", "2026-01-02 03:04", "bench", "tiny", "ONNX Runtime int8", "hold"):
        assert cell in line
    assert "Raspberry Pi 5 (ssh://pi@kitchen)" in line
    assert "2.50\N{NARROW NO-BREAK SPACE}ms" in line


def test_a_disturbed_run_is_marked(record):
    record(context={"disturbed": ["others"]})
    assert table_of(list_runs()).splitlines()[1].endswith("disturbed")


def test_instructions_stand_in_their_own_unit(record):
    record(latency_ms=None, instructions_m={"p50": 4.24}, file="a.onnx")
    [run] = list_runs()
    assert facts_of(run)["median_ms"] is None
    assert " ms" not in table_of([run])


def test_the_winner_of_the_verdict_is_the_best(record):
    record()
    [run] = list_runs()
    run.report["candidates"].append(
        {"engine": "onnxruntime", "precision": "fp32", "file": "b", "latency_ms": {"p50": 1.0}}
    )
    assert facts_of(run)["best"] == "ONNX Runtime fp32"  # the faster, while nobody decided
    run.report["verdict"]["winner"] = "onnxruntime int8"
    assert facts_of(run)["best"] == "ONNX Runtime int8"


def test_an_empty_history_says_how_to_begin():
    assert table_of(()) == "No run is recorded; `edgeattn bench BUNDLE` adds one."
