from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edgeattn.audit import export as module
from edgeattn.audit.bodies import build
from edgeattn.audit.export import export
from edgeattn.audit.material import Material
from edgeattn.audit.timing import time_together
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadEnvironment, CannotConvert


def model(material: Material) -> torch.nn.Module:
    torch.manual_seed(0)
    return build(material.signal, family="multi-head", width=16, inside=16).eval()


def test_a_candidate_becomes_a_bundle_whose_int8_file_is_judged_and_timed(
    material: Material, tmp_path: Path
) -> None:
    out = tmp_path / "multi-head" / "bundle"
    found = export(model(material), material, name="multi-head", out=out, formats=("tflite",))
    assert found.reason is None
    assert found.int8 is not None
    assert found.int8["file"] == "model_int8.tflite"
    assert found.int8["bytes"] == (out / "model_int8.tflite").stat().st_size
    assert found.correct.shape == found.float_correct.shape == (len(material.test),)
    with torch.no_grad():
        float_right = model(material)(*material.test.x).argmax(1) == material.test.y
    assert np.array_equal(found.float_correct, float_right.numpy())
    assert open_bundle(out).manifest.name == "multi-head"
    assert "multi-head" in (out / "report.html").read_text(encoding="utf-8")
    json.dumps(found.int8, allow_nan=False)
    assert [path.name for path in out.parent.iterdir()] == ["bundle"]

    file = out / "model_int8.tflite"
    times = time_together({"a": file, "b": file}, "b", material, iterations=3, budget_s=1.0)
    assert times["a"][0].n == 3
    assert times["b"][1] is not None
    assert times["b"][1].ratio == 1.0
    without = time_together({"a": file}, "cnn", material, iterations=3, budget_s=1.0)
    assert without["a"][1] is None  # the reference has no file
    assert time_together({}, "cnn", material) == {}


def refusing(*bad: str) -> Any:
    """Return a conversion that cannot write some formats, and says which were asked for."""
    asked = []

    def convert(order: Any, folder: Path, progress: Any) -> Any:
        asked.append(order.formats)
        for format in order.formats:
            if format in bad:
                raise CannotConvert(f"{format} knows no such operator")
        (folder / "made").write_text("")
        raise AssertionError(f"made {order.formats}")

    return convert, asked


def test_what_one_format_cannot_say_is_tried_in_the_other(
    material: Material, tmp_path: Path
) -> None:
    convert, asked = refusing("onnx")
    with pytest.raises(AssertionError, match="tflite"):
        export(
            model(material), material, name="a", out=tmp_path / "b",
            formats=("onnx", "tflite"), convert=convert,
        )  # fmt: skip
    assert asked == [("onnx", "tflite"), ("onnx",), ("tflite",)]


def test_without_any_file_the_float_model_is_judged_and_the_reason_kept(
    material: Material, tmp_path: Path
) -> None:
    convert, _ = refusing("onnx", "tflite")
    found = export(
        model(material), material, name="a", out=tmp_path / "b",
        formats=("onnx", "tflite"), convert=convert,
    )  # fmt: skip
    assert found.int8 is None
    assert found.reason == "tflite knows no such operator"
    assert np.array_equal(found.correct, found.float_correct)
    assert list(tmp_path.iterdir()) == [tmp_path / "motions.npz"]


def test_a_fault_of_the_machine_is_not_the_candidates(material: Material, tmp_path: Path) -> None:
    def broken(order: Any, folder: Path, progress: Any) -> Any:
        raise BadEnvironment("the disk is full")

    with pytest.raises(BadEnvironment):
        export(model(material), material, name="a", out=tmp_path / "b", formats=("onnx",),
               convert=broken)  # fmt: skip


def test_audit_json_repeats_what_the_report_of_the_bundle_calls_so() -> None:
    from edgeattn_runtime.report import Candidate

    assert set(module.KEPT) <= set(Candidate("e", "int8").to_json())
