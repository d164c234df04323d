import pytest

from edgeattn.trtexec.folder import run_folder, write_folder
from edgeattn.trtexec.measured import report_of
from edgeattn.trtexec.run import runs_of
from edgeattn.trtexec.settings import Settings
from edgeattn_runtime import open_bundle
from edgeattn_runtime.errors import BadEnvironment, BadInput
from edgeattn_runtime.report import Report


@pytest.fixture
def measure(make_bundle, tmp_path, trtexec):
    """Run the stand-in over a sound bundle; return what `report_of` takes."""

    def do():
        bundle = open_bundle(make_bundle())
        runs = runs_of(bundle, Settings())
        write_folder(bundle, runs, Settings(), tmp_path / "trt")
        run_folder(tmp_path / "trt")
        return bundle, runs, tmp_path / "trt"

    return do


def test_int8_stands_beside_float16_with_its_layers(measure):
    report = report_of(*measure())
    assert report.verdict.passed
    assert [(one.precision, one.speedup_vs_fp32) for one in report.candidates] == [
        ("fp32", 1.0), ("fp16", 2.0), ("int8", 4.0)
    ]  # fmt: skip
    assert report.candidates[2].note.startswith(
        "1 of 2 layers read int8, 75% of the time; 1 reformat copies, 25%"
    )
    assert [layer.precision for layer in report.layers] == ["float", "int8"]
    assert report.verdict.reason == "int8 is fastest on TensorRT: 0.500 ms"


def test_the_report_says_where_it_ran(measure):
    context = report_of(*measure()).context
    assert (context.machine, context.engine, context.engine_version) == (
        "Orin",
        "tensorrt",
        "10.3.0",
    )


def test_the_report_is_one_like_all_others(measure):
    report = report_of(*measure())
    assert Report.from_json(report.to_json()).to_json() == report.to_json()
    assert "int8 is fastest" in report.text()


def test_a_wrong_answer_fails_however_fast(measure, monkeypatch):
    monkeypatch.setenv("FAKE_FACTOR", "0.5")
    report = report_of(*measure())
    assert not report.verdict.passed
    assert "TensorRT does not answer as it should: fp32: " in report.verdict.reason


def test_an_answer_that_is_not_finite_fails(measure, monkeypatch):
    monkeypatch.setenv("FAKE_FACTOR", "nan")
    report = report_of(*measure())
    assert not report.verdict.passed
    assert "not finite: an overflow" in report.candidates[0].note


def test_a_run_that_did_not_pass_is_told(measure):
    bundle, runs, folder = measure()
    (folder / "int8.log").write_text("[E] Error[2]: out of memory\n&&&& FAILED TensorRT.trtexec\n")
    with pytest.raises(BadEnvironment, match=r"did not finish the int8 run .* out of memory"):
        report_of(bundle, runs, folder)


def test_a_folder_of_another_model_is_refused(measure):
    bundle, runs, folder = measure()
    plan = (folder / "plan.json").read_text()
    (folder / "plan.json").write_text(plan.replace(runs[0].file.sha256, "0" * 64))
    with pytest.raises(BadInput, match=r"was made from another model_fp32.tensorrt.onnx"):
        report_of(bundle, runs, folder)
