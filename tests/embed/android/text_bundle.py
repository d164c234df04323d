"""A tiny real bundle that takes text: numbers of pieces times a mask, through one layer."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from edgeattn.data.wordpiece import SPECIAL, WordPiece
from edgeattn_runtime.manifest import Manifest
from edgeattn_runtime.model_file import ModelFile
from edgeattn_runtime.port import Port
from edgeattn_runtime.preprocessing import Step
from edgeattn_runtime.samples import Golden

LENGTH = 24
PIECES = WordPiece(
    (
        *SPECIAL, "ou", "est", "ma", "carte", "-", "bleue", "?", "caf", "##e", "cafe", "i",
        "##stanbul", "οδος", "σας", "strasse", "straße", "tabs", "and", "wide", "spaces", "lines",
        "end", "mixed", "中", "文", "字", "符", "$", "5", ".", "00", "+", "10", "%", "=", "#", "1",
        "@", "home", "~", "`", "^", "|", "<", ">", "emoji", "👍", "family", "👨👩👧", "softhyphen",
        "zerowidth", "mark", "control", "##bell", "“", "quotes", "”", "—", "dashes", "…", "¿",
        "que", "«", "guillemets", "»", "،", "؟", "a", "##a", "e", "why", "\U00010428", "\U00020000",
    )
)  # fmt: skip
PORTS = (Port("ids", (1, LENGTH), "int32"), Port("mask", (1, LENGTH), "float32"))


def text_bundle(path: Path, *, steps: tuple[Step, ...] | None = None) -> Path:
    """Write the bundle: one ONNX file, no TFLite."""
    path.mkdir(parents=True)
    weight = np.random.default_rng(3).normal(size=(LENGTH, 3)).astype(np.float32) / 100
    nodes = [
        helper.make_node("Cast", ["ids"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["numbers", "mask"], ["kept"]),
        helper.make_node("MatMul", ["kept", "weight"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes, "text",
        [helper.make_tensor_value_info("ids", TensorProto.INT32, [1, LENGTH]),
         helper.make_tensor_value_info("mask", TensorProto.FLOAT, [1, LENGTH])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(weight, "weight")],
    )  # fmt: skip
    opset = [helper.make_opsetid("", 17)]
    content = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    (path / "model_fp32.onnx").write_bytes(content)
    ids, mask = PIECES.encode(["où est ma carte-bleue?", "why why", "$5.00"], LENGTH)
    logits = (ids * mask) @ weight
    Golden({"ids": ids, "mask": mask}, {"logits": logits.astype(np.float32)}, {}).write(
        path / "golden.npz"
    )
    step = PIECES.to_step(LENGTH)
    options = {key: value for key, value in step.items() if key != "step"}
    manifest = Manifest(
        name="tiny-text",
        task="classification",
        inputs=PORTS,
        outputs=(Port("logits", (1, 3), "float32"),),
        files=(
            ModelFile(
                name="model_fp32.onnx",
                format="onnx",
                engine="onnxruntime",
                precision="fp32",
                bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
            ),
        ),
        labels=("card", "why", "money"),
        preprocessing=(Step("tokenize", options),) if steps is None else steps,
        versions={"edgeattn": "0.1.0"},
    )
    (path / "manifest.json").write_text(manifest.dumps(), encoding="utf-8")
    return path
