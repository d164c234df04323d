"""A bundle for TensorRT, and a stand-in for the trtexec that no machine of ours has."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from edgeattn_runtime.manifest import Manifest
from edgeattn_runtime.model_file import ModelFile
from edgeattn_runtime.port import Port
from edgeattn_runtime.samples import Golden

WEIGHT = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
X = np.random.default_rng(1).normal(size=(4, 8)).astype(np.float32)
STEP = np.float32(np.abs(WEIGHT).max() / 127)


@pytest.fixture
def trtexec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the stand-in into PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "trtexec"
    fake = Path(__file__).with_name("fake_trtexec.py")
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{fake}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return program


@pytest.fixture
def no_trtexec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def make_bundle(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a bundle of one linear layer."""

    def make(target: str | None = "tensorrt") -> Path:
        path = tmp_path / "bundle"
        path.mkdir()
        rounded = np.clip(np.round(WEIGHT / STEP), -127, 127).astype(np.int8)
        contents = {
            "fp32": _model([], {"weight": WEIGHT}),
            "int8": _model(
                [helper.make_node("DequantizeLinear", ["q", "step", "zero"], ["weight"])],
                {"q": rounded, "step": np.asarray(STEP), "zero": np.asarray(np.int8(0))},
            ),
        }
        infix = "" if target is None else f".{target}"
        files = []
        for precision, content in contents.items():
            name = f"model_{precision}{infix}.onnx"
            (path / name).write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            files.append(
                ModelFile(
                    name, "onnx", "onnxruntime", precision, len(content), digest, target=target
                )
            )
        simulated = {files[1].name: {"y": X @ (rounded * STEP)}}
        Golden({"x": X}, {"y": X @ WEIGHT}, simulated).write(path / "golden.npz")
        manifest = Manifest(
            name="linear",
            task="classification",
            inputs=(Port("x", (1, 8), "float32"),),
            outputs=(Port("y", (1, 4), "float32"),),
            files=tuple(files),
        )
        (path / "manifest.json").write_text(manifest.dumps(), encoding="utf-8")
        return path

    return make


def _model(nodes: list[object], constants: dict[str, np.ndarray]) -> bytes:
    graph = helper.make_graph(
        [*nodes, helper.make_node("Gemm", ["x", "weight"], ["y"])],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
