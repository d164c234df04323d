from __future__ import annotations

import os

import pytest

from edgeattn_runtime import alone, context, energy, open_bundle
from edgeattn_runtime import bench as benches
from edgeattn_runtime.background import Background
from edgeattn_runtime.bench import bench_bundle
from edgeattn_runtime.errors import BadEnvironment, BadUsage
from edgeattn_runtime.latency import measure_interleaved
from tests.runtime.boards import orin_nano, raspberry_pi_4


@pytest.fixture(autouse=True)
def _quiet_machine(monkeypatch):
    """What else runs beside the tests is no part of what they say."""
    monkeypatch.setattr(context, "between", lambda *counted: Background())


@pytest.fixture
def bundle(bundle_path):
    return open_bundle(bundle_path)


@pytest.fixture
def speeds(monkeypatch):
    """Return a dict of milliseconds by file; measurements use a clock that obeys it."""
    ms = {}

    def measure(candidates, **options):
        now = [0]

        def worker(name, run):
            def work():
                run()
                now[0] += int(ms[name.partition(" on ")[0]] * 1e6)

            return work

        timed = {name: worker(name, run) for name, run in candidates.items()}
        return measure_interleaved(timed, **options, clock=lambda: now[0])

    monkeypatch.setattr(benches, "measure_interleaved", measure)
    return ms


def test_speedups_are_against_fp32_of_the_same_engine(bundle, speeds):
    speeds.update(
        {
            "model_fp32.onnx": 6.0,
            "model_int8.onnx": 3.0,
            "model_fp32.tflite": 4.0,
            "model_int8.tflite": 5.0,
        }
    )
    report = bench_bundle(bundle, warmup=1, iterations=5, memory=False)
    rows = {row.file: row for row in report.candidates}
    assert rows["model_int8.onnx"].speedup_vs_fp32 == 2.0
    assert rows["model_int8.onnx"].speedup_interval == (2.0, 2.0)
    assert rows["model_int8.tflite"].speedup_vs_fp32 == 0.8
    assert rows["model_fp32.onnx"].speedup_vs_fp32 == 1.0
    assert rows["model_fp32.onnx"].speedup_interval is None
    assert rows["model_fp32.onnx"].latency_ms.p50 == 6.0
    assert rows["model_fp32.onnx"].latency_ms.n == 5
    assert report.verdict.winner == "model_int8.onnx"
    assert report.verdict.reason == "model_int8.onnx on onnxruntime is fastest: 3.000 ms"


@pytest.mark.parametrize(("asked", "passed"), [(1.5, True), (2.5, False), (None, True)])
def test_a_speedup_asked_for_is_a_gate(bundle, speeds, asked, passed):
    speeds.update({"model_fp32.onnx": 6.0, "model_int8.onnx": 3.0})
    report = bench_bundle(
        bundle, engines=["onnx"], warmup=0, iterations=3, memory=False, min_speedup=asked
    )
    assert report.verdict.passed is passed
    assert report.verdict.gates.min_speedup == asked
    if not passed:
        assert "a speed-up of 2.5x was asked for, the best is 2.00x" in report.verdict.reason


def test_a_speedup_nobody_could_measure_fails_its_gate(bundle_path, speeds):
    for name in ("model_fp32.onnx", "model_fp32.tflite", "model_int8.tflite"):
        (bundle_path / name).unlink()
    speeds["model_int8.onnx"] = 3.0
    report = bench_bundle(
        open_bundle(bundle_path), warmup=0, iterations=3, memory=False, min_speedup=1.0
    )
    assert not report.verdict.passed
    assert "none was measured" in report.verdict.reason
    assert report.candidates[0].speedup_vs_fp32 is None


def test_real_engines_are_measured_with_their_memory(bundle):
    report = bench_bundle(bundle, engines=["tflite"], precision="int8", warmup=1, iterations=4)
    assert [row.file for row in report.candidates] == ["model_fp32.tflite", "model_int8.tflite"]
    for row in report.candidates:
        assert row.latency_ms.min > 0
        assert 20 < row.peak_rss_mb < 1000
        assert row.int8_mac_share == (1.0 if row.precision == "int8" else 0.0)


def test_memory_that_cannot_be_measured_leaves_the_latency_and_a_remark(bundle, monkeypatch):
    def fail(*args, **options):
        raise BadEnvironment("the process that measures was killed")

    monkeypatch.setattr(alone, "peak_memory", fail)
    report = bench_bundle(bundle, engines=["onnx"], warmup=0, iterations=3)
    assert report.candidates[0].latency_ms is not None
    assert report.remarks == ("the process that measures was killed",)


def test_a_bundle_without_golden_vectors_is_measured_on_zeros(bundle):
    (bundle.path / "golden.npz").unlink()
    report = bench_bundle(bundle, engines=["onnx"], warmup=0, iterations=3, memory=False)
    assert report.verdict.passed


def test_a_run_that_was_disturbed_says_so_and_is_not_to_be_compared(bundle, tmp_path):
    """A board whose firmware caps the clock while it is measured."""
    board = raspberry_pi_4(tmp_path / "board")

    def throttle(done: int, wanted: int) -> None:
        board.put("sys/devices/platform/soc/soc:firmware/get_throttled", "20002")

    report = bench_bundle(
        bundle,
        engines=["onnx"],
        warmup=0,
        iterations=3,
        memory=False,
        progress=throttle,
        root=board.root,
    )
    assert report.context.disturbed[0] == "the clock was held back: a clock cap (firmware)"
    assert "this run was disturbed and is not to be compared" in report.verdict.reason


def test_the_fastest_file_runs_on_when_asked(bundle, speeds):
    speeds.update({"model_fp32.onnx": 6.0, "model_int8.onnx": 3.0})
    report = bench_bundle(
        bundle, engines=["onnx"], warmup=0, iterations=3, memory=False, sustained_s=0.01
    )
    fp32, int8 = report.candidates
    assert fp32.sustained is None
    assert int8.sustained.windows[0].n > 0
    assert "without a pause" in int8.note


def test_an_interrupted_sustained_run_leaves_all_the_rest(bundle, monkeypatch):
    def interrupt(doing):
        if doing.startswith("without a pause"):
            raise KeyboardInterrupt

    report = bench_bundle(
        bundle, engines=["onnx"], warmup=0, iterations=3, memory=False, sustained_s=60,
        tell=interrupt, sustained_window_s=0.01,
    )  # fmt: skip
    [sustained] = [one.sustained for one in report.candidates if one.sustained is not None]
    assert sustained.interrupted
    assert all(one.latency_ms is not None for one in report.candidates)


def test_a_board_that_is_read_while_it_runs_hot_shows_in_the_curve(bundle, tmp_path):
    board = raspberry_pi_4(tmp_path / "board")
    report = bench_bundle(
        bundle, engines=["onnx"], warmup=0, iterations=3, memory=False, sustained_s=0.02,
        root=board.root,
    )  # fmt: skip
    [sustained] = [one.sustained for one in report.candidates if one.sustained is not None]
    window = sustained.windows[-1]
    assert (window.temperature_c, window.frequency_mhz, window.held_back) == (48.212, 1800, ())


def test_everything_asked_for_is_measured_or_remarked(bundle, tmp_path):
    report = bench_bundle(
        bundle,
        precision="int8",
        warmup=0,
        iterations=3,
        memory=False,
        cold_start=True,
        per_op=True,
        energy=True,
        root=raspberry_pi_4(tmp_path / "board").root,
    )
    rows = {row.file: row for row in report.candidates}
    assert rows["model_int8.tflite"].cold_start.open_ms > 0
    assert rows["model_int8.onnx"].per_op[0].ms > 0
    assert rows["model_int8.tflite"].per_op is None
    assert rows["model_int8.onnx"].energy is None
    assert [remark.partition(" ")[0] for remark in report.remarks] == ["energy", "ai-edge-litert"]


def test_a_jetsons_sensor_gives_the_energy_of_every_candidate(bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(energy, "RUN_S", 0.1)
    monkeypatch.setattr(energy, "IDLE_S", 0.1)
    report = bench_bundle(
        bundle,
        engines=["onnx"],
        warmup=0,
        iterations=3,
        memory=False,
        energy=True,
        root=orin_nano(tmp_path / "board").root,
    )
    found = [row.energy for row in report.candidates]
    assert [one.sensor for one in found] == ["INA3221 VDD_IN"] * 2
    # Files do not change while it runs: the load takes as much as doing nothing.
    assert all(one.running_w == one.idle_w == pytest.approx(4.4352) for one in found)
    assert all(one.mj_per_inference == pytest.approx(0) for one in found)
    assert report.remarks == ()


def test_a_sensor_that_vanishes_meanwhile_is_a_remark(bundle, tmp_path, monkeypatch):
    board = orin_nano(tmp_path / "board")
    chip = board.root / "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1"

    waiting = energy.measure_energy

    def measure(invoke, sensor):
        (chip / "curr1_input").unlink(missing_ok=True)  # the driver is unloaded
        return waiting(invoke, sensor, run_s=0.1, idle_s=0.1)

    monkeypatch.setattr(alone, "measure_energy", measure)
    report = bench_bundle(
        bundle, engines=["onnx"], precision="fp32", warmup=0, iterations=3, memory=False,
        energy=True, root=board.root,
    )  # fmt: skip
    assert report.candidates[0].energy is None
    assert report.candidates[0].latency_ms is not None
    assert "(INA3221 VDD_IN) stopped answering" in report.remarks[0]


def test_cores_are_kept_to_and_told(bundle):
    core = min(os.sched_getaffinity(0))
    seen = []
    report = bench_bundle(
        bundle,
        engines=["onnx"],
        cores=str(core),
        warmup=0,
        iterations=3,
        memory=False,
        progress=lambda *now: seen.append(os.sched_getaffinity(0)),
    )
    assert report.context.pinned_to == str(core)
    assert seen[0] == {core}


def test_more_threads_than_cores_are_refused(bundle):
    with pytest.raises(BadUsage, match=r"2 threads on 1 core\(s\) \(0\) would wait for each other"):
        bench_bundle(bundle, threads=2, cores="0")
    with pytest.raises(BadUsage, match=r"999 threads .* of this machine; give --threads \d+$"):
        bench_bundle(bundle, threads=999)


@pytest.fixture
def emulated(monkeypatch):
    monkeypatch.setenv("EDGEATTN_CLOCK", "instructions")


def test_an_emulated_clock_gives_instructions_and_no_milliseconds(bundle, speeds, emulated):
    speeds.update({"model_fp32.onnx": 4.803, "model_int8.onnx": 4.24})
    report = bench_bundle(bundle, engines=["onnx"], warmup=0, iterations=6, memory=False)
    fp32, int8 = report.candidates
    assert (int8.latency_ms, int8.speedup_vs_fp32) == (None, None)
    assert int8.instructions_m.p50 == pytest.approx(4.24)
    assert (fp32.instructions_vs_fp32, int8.instructions_vs_fp32) == (1.0, 4.24 / 4.803)
    assert report.context.clock == "instructions"
    assert "takes the fewest instructions: 4.240 million" in report.verdict.reason
    assert " ms" not in report.text()


@pytest.mark.parametrize(
    ("flag", "option"),
    [
        ("--sustained", {"sustained_s": 60}),
        ("--min-speedup", {"min_speedup": 1.2}),
        ("--cold-start", {"cold_start": True}),
        ("--energy", {"energy": True}),
    ],
)
def test_an_emulated_clock_refuses_what_needs_time(bundle, emulated, flag, option):
    with pytest.raises(BadUsage, match=f"{flag} needs time, and EDGEATTN_CLOCK=instructions"):
        bench_bundle(bundle, **option)


def test_progress_counts_the_rounds(bundle):
    told = []
    bench_bundle(
        bundle,
        engines=["onnx"],
        warmup=1,
        iterations=2,
        memory=False,
        progress=lambda *now: told.append(now),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_no_iterations_are_refused(bundle):
    with pytest.raises(BadUsage, match="iterations is 0"):
        bench_bundle(bundle, iterations=0)


def made_for_tensorrt(manifest):
    for file in manifest["files"]:
        if file["format"] == "onnx":
            file["target"] = "tensorrt"


def test_a_file_for_another_engine_is_not_timed(bundle_path, edit_manifest):
    edit_manifest(bundle_path, made_for_tensorrt)
    report = bench_bundle(open_bundle(bundle_path), warmup=1, iterations=2, memory=False)
    assert {row.file for row in report.candidates} == {"model_fp32.tflite", "model_int8.tflite"}


def test_a_bundle_for_other_engines_alone_is_refused(bundle_path, edit_manifest):
    edit_manifest(bundle_path, made_for_tensorrt)
    with pytest.raises(BadEnvironment, match="are made for tensorrt; their time on a CPU says"):
        bench_bundle(open_bundle(bundle_path), engines=["onnx"], iterations=2, memory=False)
