"""`edgeattn convert examples/custom_model.py:build` on a small folder of real photos."""

import json
from pathlib import Path

import pytest

from edgeattn_runtime.bench import bench_bundle
from edgeattn_runtime.bundle import open_bundle, sha256_of
from edgeattn_runtime.check import check_bundle
from edgeattn_runtime.samples import Samples
from tests.end_to_end.conftest import report_of

ROOT = Path(__file__).parents[2]
FILES = ("model_fp32.onnx", "model_int8.onnx", "model_fp32.tflite", "model_int8.tflite")


@pytest.fixture(scope="module")
def converted(edgeattn, photos, tmp_path_factory):
    """Convert once; the folder and the report on stdout."""
    out = tmp_path_factory.mktemp("bundles") / "b"
    result = edgeattn(
        "convert", f"{ROOT / 'examples' / 'custom_model.py'}:build",
        "--calib", photos / "calib", "--eval", photos / "eval",
        "--to", "onnx,tflite", "--out", out, "--json", "-q",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    return out, report_of(result)


def test_the_bundle_holds_what_the_interface_names(converted):
    out, _ = converted
    held = {path.name for path in out.iterdir()}
    assert held == {
        *FILES, "manifest.json", "golden.npz", "eval.npz", "calibration.json", "report.json",
        "report.html", "config.toml",
    }  # fmt: skip
    assert [path.name for path in out.parent.iterdir()] == ["b"]


def test_the_manifest_tells_the_truth(converted):
    out, _ = converted
    bundle = open_bundle(out)
    for file in bundle.manifest.files:
        assert file.sha256 == sha256_of(out / file.name)
        assert file.bytes == (out / file.name).stat().st_size
        assert (file.precision_audit is None) == (file.precision == "fp32")
        if file.precision_audit is not None:
            assert 0.9 < file.precision_audit.int8_weight_share <= 1
            assert 0.5 < file.precision_audit.int8_mac_share <= 1
    assert bundle.manifest.labels == tuple("0123456789")
    steps = [step.name for step in bundle.manifest.preprocessing]
    assert steps == ["resize", "crop", "cast", "scale", "transpose"]


def test_the_report_holds_every_candidate(converted):
    out, report = converted
    assert report["verdict"]["passed"]
    assert report["data"]["labelled"]
    files = {candidate["file"] for candidate in report["candidates"]}
    assert files == {*FILES, None}  # None: the stock export and the variants that lost
    integers = [one for one in report["candidates"] if one["precision"] == "int8"]
    assert all(one["sqnr_db"] > 30 for one in integers)
    assert all(one["passed"] for one in report["candidates"])
    assert any(layer["kept_float"] and layer["reason"] for layer in report["layers"])
    written = json.loads((out / "report.json").read_text())
    assert written["verdict"] == report["verdict"]


def test_the_runtime_checks_and_times_it(converted):
    bundle = open_bundle(converted[0])
    assert check_bundle(bundle).verdict.passed
    timed = bench_bundle(bundle, warmup=1, iterations=3, memory=False)
    assert {candidate.file for candidate in timed.candidates} == set(FILES)


def test_every_file_answers_alike(converted):
    bundle = open_bundle(converted[0])
    rows = bundle.golden().first(bundle.manifest.inputs)
    answers = {
        (file.format, file.precision): bundle.open(file).run(rows)["output"]
        for file in bundle.present()
    }
    assert len(answers) == 4
    span = float(abs(answers["onnx", "fp32"]).max())
    for answer in answers.values():
        assert float(abs(answer - answers["onnx", "fp32"]).max()) < 0.1 * span


def test_check_and_bench_answer_in_json(edgeattn, converted):
    checked = edgeattn("check", converted[0], "--json", "-q")
    assert (checked.exit_code, report_of(checked)["verdict"]["passed"]) == (0, True)
    timed = edgeattn(
        "bench", converted[0], "--iterations", 3, "--warmup", 1, "--no-memory", "--json", "-q"
    )
    assert timed.exit_code == 0, timed.output
    assert len(report_of(timed)["candidates"]) == 4


def test_the_evaluation_photos_travel_as_pixels(converted):
    samples = Samples.read(converted[0] / "eval.npz", inputs=("image",))
    assert not samples.prepared
    assert samples.x["image"].shape == (40, 64, 64, 3)


def test_the_configuration_repeats_the_conversion_and_the_files(edgeattn, converted, tmp_path):
    out, _ = converted
    again = edgeattn("convert", "--config", out / "config.toml", "--out", tmp_path / "b", "-q")
    assert again.exit_code == 0, again.output
    for name in ("model_fp32.onnx", "model_fp32.tflite", "model_int8.onnx", "calibration.json"):
        assert (tmp_path / "b" / name).read_bytes() == (out / name).read_bytes(), name


def test_what_lies_there_is_not_overwritten(edgeattn, converted):
    result = edgeattn("convert", "gesture-hybrid", "--out", converted[0], "-q")
    assert result.exit_code == 2
    assert "is not empty; name another --out or add --force" in result.stderr
