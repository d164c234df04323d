"""Everything that can be handed in becomes a bundle that passes its own check."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import edgeattn as library
from edgeattn.data.gestures import load_gestures
from edgeattn_converters.onnx.lower import quiet
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.check import check_bundle
from tests.converters.programs import MODELS
from tests.end_to_end.conftest import report_of
from tests.end_to_end.models import Plain, TwoInputs

MODELS_FILE = Path(__file__).with_name("models.py")
RANDOM = np.random.default_rng(0)


def normal(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


@pytest.fixture
def archive(tmp_path):
    """Write an .npz and return its path."""

    def write(**arrays):
        path = tmp_path / "data.npz"
        np.savez(path, **arrays)
        return path

    return write


@pytest.fixture
def convert(edgeattn, tmp_path):
    """Run `edgeattn convert ... --to tflite`; the exit code, the report or the error, the place."""

    def run(model, *words, to="tflite"):
        model = f"{MODELS_FILE}:{model}" if "." not in str(model) else model
        out = tmp_path / "bundle"
        result = edgeattn("convert", model, *words, "--to", to, "--out", out, "--json", "-q")
        assert "bug in edgeattn" not in result.stderr, result.stderr
        if result.exit_code > 1 or not result.stdout:
            assert not out.exists()
            assert list(tmp_path.glob(".bundle*")) == []
            return result.exit_code, result.stderr, out
        return result.exit_code, report_of(result), out

    return run


def checked(out):
    return check_bundle(open_bundle(out)).verdict


def test_several_inputs_come_by_name(convert, archive):
    data = archive(window=normal(40, 20, 6), wearer=normal(40, 4), y=RANDOM.integers(0, 3, 40))
    code, report, out = convert("two_inputs", "--calib", data, "--eval", data, to="onnx,tflite")
    assert code == 0
    assert report["data"]["calibration_samples"] == report["data"]["evaluation_samples"] == 20
    assert [port.name for port in open_bundle(out).manifest.inputs] == ["window", "wearer"]
    assert checked(out).passed


def test_an_exported_program(convert, archive, tmp_path):
    torch.manual_seed(0)
    inputs = torch.randn(1, 20, 6), torch.randn(1, 4)
    path = tmp_path / "two.pt2"
    torch.export.save(torch.export.export(TwoInputs().eval(), inputs), path)
    data = archive(window=normal(24, 20, 6), wearer=normal(24, 4))
    code, _, out = convert(path, "--calib", data)
    assert code == 0
    assert checked(out).passed


def test_an_onnx_file(convert, archive, tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "plain.onnx"
    with quiet():
        torch.onnx.export(Plain().eval(), (torch.zeros(1, 3, 64, 64),), path, dynamo=True)
    code, report, out = convert(path, "--calib", archive(x=normal(24, 3, 64, 64)))
    assert code == 0
    assert report["model"]["name"] == "plain"
    assert checked(out).passed


def test_token_ids_and_a_mask(tmp_path):
    module, _ = MODELS["bert, additive mask"]()
    mask = np.ones((24, 8), np.int64)
    mask[::2, 5:] = 0
    np.savez(tmp_path / "ids.npz", input_ids=RANDOM.integers(0, 30, (24, 8)), attention_mask=mask)
    example = torch.zeros(1, 8, dtype=torch.int64), torch.ones(1, 8, dtype=torch.int64)
    conversion = library.convert(
        module, example, calib=tmp_path / "ids.npz", out=tmp_path / "bundle", formats=("tflite",)
    )
    assert conversion.passed
    manifest = open_bundle(conversion.bundle).manifest
    assert [port.dtype for port in manifest.inputs] == ["int64", "int64"]
    assert not (conversion.bundle / "config.toml").exists()  # a module in memory has no name
    assert checked(conversion.bundle).passed


def test_without_labels_agreement_takes_the_place_of_accuracy(convert, archive):
    code, report, out = convert("plain", "--calib", archive(x=normal(24, 3, 64, 64)))
    assert code == 0
    assert not report["data"]["labelled"]
    assert all(one["accuracy"] is None for one in report["candidates"])
    assert all(one["top1_agreement"] is not None for one in report["candidates"])
    assert "accuracy" not in report["verdict"]["reason"]
    assert not (out / "eval.npz").exists()


@pytest.mark.parametrize("labelled", [False, True])
def test_a_model_without_classes_is_judged_by_its_noise(convert, archive, labelled):
    y = {"y": RANDOM.integers(0, 9, 24)} if labelled else {}
    code, report, out = convert("regression", "--calib", archive(x=normal(24, 3, 64, 64), **y))
    assert code == 0
    assert open_bundle(out).manifest.task == "regression"
    for one in report["candidates"]:
        assert one["accuracy"] is one["accuracy_drop_pp"] is one["top1_agreement"] is None
        assert one["sqnr_db"] >= 30
    assert checked(out).passed


def test_a_batch_of_its_own_and_samples_that_do_not_fill_it(convert, archive):
    code, _, out = convert("batch_of_4", "--calib", archive(x=normal(22, 3, 64, 64)))
    assert code == 0
    assert open_bundle(out).manifest.inputs[0].shape == (4, 3, 64, 64)
    assert checked(out).passed


def test_class_folders_in_another_order_than_the_models_labels(convert, photos):
    code, _, out = convert("named", "--calib", photos / "calib", "--eval", photos / "eval")
    assert code == 0
    assert open_bundle(out).manifest.labels == tuple(reversed("0123456789"))
    evaluation = open_bundle(out).evaluation()
    truth = load_gestures("test")
    rows = [
        int(np.abs(truth.x["x"] - photo).reshape(len(truth), -1).max(1).argmin())
        for photo in evaluation.x["x"][:5]
    ]
    assert [9 - int(y) for y in evaluation.y[:5]] == truth.y[rows].tolist()


def test_the_models_own_preprocessing_is_applied_to_photos(convert, photos):
    code, _, out = convert("normalising", "--calib", photos / "calib", "--eval", photos / "eval")
    assert code == 0
    golden = open_bundle(out).golden()
    # (x - 0.5) / 0.25 of [0, 1]
    assert -2 <= float(golden.inputs["x"].min()) < -1
    assert 1 < float(golden.inputs["x"].max()) <= 2
    assert checked(out).passed


def test_one_folder_for_both_is_divided(convert, photos):
    code, report, _ = convert("plain", "--calib", photos / "eval", "--eval", photos / "eval")
    assert code == 0
    data = report["data"]
    assert data["calibration_samples"] + data["evaluation_samples"] == 40


def test_a_model_without_anything_to_quantise_stays_float(convert, archive):
    code, report, out = convert("activation", "--calib", archive(x=normal(24, 8)))
    assert code == 0
    assert report["verdict"]["winner"] == "model_fp32.tflite"
    assert "nothing in this model runs in int8" in report["verdict"]["reason"]
    assert [file.precision for file in open_bundle(out).manifest.files] == ["fp32"]


def test_a_dead_relu_and_a_mask_made_by_the_caller_convert(convert, archive):
    code, _, out = convert("dead", "--calib", archive(x=normal(24, 8)))
    assert (code, checked(out).passed) == (0, True)


def test_a_float_mask_is_an_input_like_any_other(convert, archive):
    mask = np.where(np.arange(6) < 4, 0, -1e4).astype(np.float32)[None].repeat(24, 0)
    code, _, out = convert("reluctant", "--calib", archive(x=normal(24, 6, 16), mask=mask))
    assert (code, checked(out).passed) == (0, True)


@pytest.mark.parametrize(
    ("arrays", "code", "said"),
    [
        ({"x": normal(24, 3, 32, 32)}, 3, r"takes float32 \[3, 64, 64\]; prepare them"),
        ({"x": np.zeros((24, 64, 64, 3), np.uint8)}, 3, r"are uint8 \[64, 64, 3\]"),
        ({"x": normal(24, 3, 64, 64), "y": np.full(24, 10)}, 3, "label 10 is out of range"),
        ({"x": normal(9, 3, 64, 64)}, 3, "holds 9 samples to calibrate and to judge with"),
        ({"x": np.full((24, 3, 64, 64), np.nan, np.float32)}, 3, "NaN or infinity in 24 of 24"),
        ({"x": normal(24, 3, 64, 64), "z": normal(24, 1)}, 3, "the samples hold x, z"),
        ({"x": normal(24, 3, 64, 64), "y": np.arange(24) % 3,
          "labels": np.array(list("abcdefghijk"))}, 3, r"11 class names \(a, b, c"),
    ],
)  # fmt: skip
def test_data_that_does_not_fit_is_refused_in_a_sentence(convert, archive, arrays, code, said):
    found, message, _ = convert("plain", "--calib", archive(**arrays))
    assert found == code
    assert len(message.strip().splitlines()) == 1
    assert re.search(said, message), message


def test_float64_samples_are_taken_as_float32(convert, archive):
    code, _, _ = convert("plain", "--calib", archive(x=RANDOM.standard_normal((24, 3, 64, 64))))
    assert code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "calibration needs real data: name it with --calib"),
        (("--allow-random", "--samples", "2"), "--samples is 2; calibration needs at least 8"),
        (("--allow-random", "--recipe", "int9"), "there is no recipe 'int9'; did you mean int8"),
    ],
)
def test_what_is_typed_wrong_exits_with_2(convert, words, said):
    code, message, _ = convert("plain", *words)
    assert code == 2
    assert said in message


def test_a_speedup_nobody_reaches_exits_with_1_and_leaves_the_bundle(convert):
    code, report, out = convert("plain", "--allow-random", "--min-speedup", "1000")
    assert code == 1
    assert "a speed-up of 1000x was asked for" in report["verdict"]["reason"]
    assert report["data"]["random"]
    assert open_bundle(out).manifest.files


def test_a_dry_run_writes_nothing(convert, tmp_path):
    code, report, out = convert("plain", "--allow-random", "--dry-run")
    assert code == 0
    assert "nothing was measured" in report["verdict"]["reason"]
    assert not out.exists()


@pytest.mark.parametrize(
    ("to", "foreign"),
    [
        ("tflite", ("onnx", "onnxscript", "onnxruntime")),
        ("onnx", ("ai_edge_litert", "flatbuffers")),
    ],
)
def test_one_format_does_not_need_the_libraries_of_the_other(monkeypatch, convert, to, foreign):
    for name in list(sys.modules):
        if name.startswith(f"edgeattn_converters.{'onnx' if to == 'tflite' else 'tflite'}"):
            monkeypatch.delitem(sys.modules, name)
        if name.partition(".")[0] in foreign:
            monkeypatch.setitem(sys.modules, name, None)
    for name in foreign:
        monkeypatch.setitem(sys.modules, name, None)
    code, report, _ = convert("plain", "--allow-random", to=to)
    assert code == 0, report
