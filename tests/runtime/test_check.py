from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from edgeattn_runtime import bundle as bundles
from edgeattn_runtime import check as checks
from edgeattn_runtime import machine, open_bundle, session
from edgeattn_runtime.check import check_bundle, select_files
from edgeattn_runtime.errors import BadData, BadEnvironment, BadUsage, BrokenBundle
from edgeattn_runtime.report import Gates
from edgeattn_runtime.samples import Golden, Samples


@pytest.fixture
def bundle(bundle_path):
    return open_bundle(bundle_path)


def candidate(report, file):
    return next(found for found in report.candidates if found.file == file)


def replace_file(path, name, content):
    """Put other bytes under a listed name, manifest included, as a wrong conversion would."""
    (path / name).write_bytes(content)
    read = json.loads((path / "manifest.json").read_text())
    for file in read["files"]:
        if file["name"] == name:
            file.update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    (path / "manifest.json").write_text(json.dumps(read))


def test_a_sound_bundle_passes_with_every_file(bundle):
    report = check_bundle(bundle)
    assert report.verdict.passed
    assert [found.file for found in report.candidates] == [
        "model_fp32.onnx",
        "model_int8.onnx",
        "model_fp32.tflite",
        "model_int8.tflite",
    ]
    assert all(found.passed for found in report.candidates)
    assert "4 file(s) hold parity with the golden vectors, accuracy on 40 samples" in (
        report.verdict.reason
    )


def test_accuracy_is_that_of_the_labels(bundle, tiny, images):
    labels = tiny.exact(images).argmax(axis=1)
    report = check_bundle(bundle)
    expected = float((tiny.simulate(images).argmax(axis=1) == labels).mean())
    assert candidate(report, "model_fp32.onnx").accuracy == 1.0
    # one sample of 40 may sit on a rounding edge
    assert candidate(report, "model_int8.onnx").accuracy == pytest.approx(expected, abs=1 / 40)


def test_the_report_says_where_it_was_made(bundle):
    report = check_bundle(bundle, threads=2)
    assert report.context.threads == 2
    assert report.context.engine == "onnxruntime + ai-edge-litert"
    assert report.model.name == "tiny"


def test_a_drop_beyond_the_gate_fails_though_parity_holds(
    bundle_path, images, other_tiny, other_onnx_bytes
):
    """An int8 file that answers exactly what its simulation does, but the wrong classes."""
    replace_file(bundle_path, "model_int8.onnx", other_onnx_bytes["int8"])
    simulated = {"model_int8.onnx": {"logits": other_tiny.simulate(images[:4])}}
    float_outputs = {"logits": other_tiny.exact(images[:4])}
    golden = Golden({"image": images[:4]}, float_outputs, simulated)
    golden.write(bundle_path / "golden.npz")
    report = check_bundle(open_bundle(bundle_path), engines=["onnx"])
    row = candidate(report, "model_int8.onnx")
    assert row.accuracy_drop_pp > 50
    assert not row.passed
    assert row.note == f"accuracy drops by {row.accuracy_drop_pp:.1f} points, 1 are allowed"
    assert not report.verdict.passed


def test_without_a_gate_accuracy_does_not_decide(bundle):
    assert check_bundle(bundle, gates=Gates(max_drop_pp=None)).verdict.passed


def test_the_drop_has_its_paired_interval(bundle):
    row = candidate(check_bundle(bundle), "model_int8.onnx")
    assert row.accuracy_drop_pp == 0
    assert row.accuracy_interval_pp[0] < 0 < row.accuracy_interval_pp[1]
    assert row.top1_agreement == 1.0


def test_a_model_that_answers_something_else_fails_parity(bundle_path, images, other_tiny):
    other = {"logits": other_tiny.exact(images[:4])}
    Golden({"image": images[:4]}, other, {}).write(bundle_path / "golden.npz")
    report = check_bundle(open_bundle(bundle_path))
    assert not report.verdict.passed
    assert "model_fp32.onnx: parity: SQNR against what was promised" in report.verdict.reason


def test_a_file_the_engine_refuses_fails_alone(bundle_path):
    replace_file(bundle_path, "model_int8.onnx", b"not a protobuf at all")
    report = check_bundle(open_bundle(bundle_path))
    assert not report.verdict.passed
    assert [found.passed for found in report.candidates] == [True, False, True, True]
    assert "cannot open model_int8.onnx" in candidate(report, "model_int8.onnx").note


def test_another_class_of_cpu_is_held_to_the_looser_rule(make_bundle, monkeypatch):
    bundle = open_bundle(make_bundle(proven_on="arm64-dotprod"))
    monkeypatch.setattr(machine, "cpu_class", lambda *args: "x86-vnni")
    report = check_bundle(bundle)
    assert report.verdict.passed
    assert "another class of CPU" in candidate(report, "model_int8.onnx").note


def test_the_callers_samples_come_first(bundle, images):
    samples = Samples({"image": images[:10]}, np.zeros(10, int))
    report = check_bundle(bundle, data=samples, gates=Gates(max_drop_pp=None))
    assert "accuracy on 10 samples" in report.verdict.reason
    assert candidate(report, "model_fp32.onnx").accuracy < 1


def test_samples_may_come_from_a_file(bundle, images, tmp_path):
    np.savez(tmp_path / "mine.npz", x=images[:7], y=np.zeros(7, int))
    report = check_bundle(bundle, data=tmp_path / "mine.npz", gates=Gates(None))
    assert "accuracy on 7 samples" in report.verdict.reason


def test_samples_without_labels_give_agreement_only(bundle, images):
    report = check_bundle(bundle, data=Samples({"image": images}))
    row = candidate(report, "model_int8.onnx")
    assert row.accuracy is None
    assert row.accuracy_drop_pp is None
    assert row.top1_agreement is not None
    assert "agreement on 40 samples without labels" in report.verdict.reason


def test_without_samples_parity_alone_decides(bundle):
    (bundle.path / "eval.npz").unlink()
    report = check_bundle(bundle)
    assert report.verdict.passed
    assert candidate(report, "model_int8.onnx").accuracy is None
    assert "no labelled samples" in report.verdict.reason


def test_samples_that_do_not_fit_are_the_callers_fault(bundle, images):
    with pytest.raises(BadData, match=r"has shape \[1, 5\], the model takes \[1, 8\]"):
        check_bundle(bundle, data=Samples({"image": images[:, :5]}))


def test_an_altered_file_stops_the_check(bundle_path):
    path = bundle_path / "model_int8.tflite"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(BrokenBundle, match="has sha256"):
        check_bundle(open_bundle(bundle_path))


def test_progress_names_the_files(bundle):
    told = []
    check_bundle(bundle, engines=["onnx"], progress=told.append)
    assert told == ["checking model_fp32.onnx", "checking model_int8.onnx"]


@pytest.mark.parametrize("engine", ["tflite", "ai-edge-litert"])
def test_files_of_one_engine_are_selected(bundle, engine):
    names = [file.name for file, _ in select_files(bundle, [engine])]
    assert names == ["model_fp32.tflite", "model_int8.tflite"]


def test_a_precision_is_selected_with_its_fp32_reference(bundle):
    names = [file.name for file, _ in select_files(bundle, ["onnx"], "int8")]
    assert names == ["model_fp32.onnx", "model_int8.onnx"]


def test_an_unknown_engine_is_refused(bundle):
    with pytest.raises(BadUsage, match="no engine 'tpu'; choose from ai-edge-litert, onnx"):
        select_files(bundle, ["tpu"])


def test_a_precision_that_is_not_there_is_refused(bundle):
    with pytest.raises(BadUsage, match="no fp16 file that can run here; it has fp32, int8"):
        select_files(bundle, None, "fp16")


def test_no_engine_at_all_is_told_with_the_commands(bundle, monkeypatch):
    for module in (session, bundles, checks):
        monkeypatch.setattr(module, "is_installed", lambda engine: False, raising=False)
    with pytest.raises(BadEnvironment, match="`pip install onnxruntime` or"):
        check_bundle(bundle)
