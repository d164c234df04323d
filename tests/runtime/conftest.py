"""A tiny real bundle: one linear layer, 8 features to 4 classes, in four files.

The int8 files quantise their input, multiply in integers and dequantise their output, with the
same scales in both formats; `TinyLinear.simulate` is the integer arithmetic in NumPy.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from onnx import TensorProto, helper, numpy_helper

from edgeattn_runtime.manifest import Manifest, Recommendation
from edgeattn_runtime.model_file import ModelFile, PrecisionAudit
from edgeattn_runtime.port import Port
from edgeattn_runtime.samples import Golden, Samples

FEATURES, CLASSES = 8, 4
IMAGE = Port("image", (1, FEATURES), "float32")
LOGITS = Port("logits", (1, CLASSES), "float32")


@dataclass(frozen=True)
class TinyLinear:
    """A linear layer with the scales of its int8 form."""

    weight: np.ndarray  # float32 [classes, features]
    weight_scale: np.float32
    input_scale: np.float32
    output_scale: np.float32

    @property
    def weight_int8(self) -> np.ndarray:
        return np.clip(np.round(self.weight / self.weight_scale), -127, 127).astype(np.int8)

    def exact(self, x: np.ndarray) -> np.ndarray:
        return x @ self.weight.T

    def simulate(self, x: np.ndarray) -> np.ndarray:
        steps = np.clip(np.round(x / self.input_scale), -128, 127)
        sums = steps @ self.weight_int8.T.astype(np.float64)
        real = sums * self.input_scale * self.weight_scale
        return (np.clip(np.round(real / self.output_scale), -128, 127) * self.output_scale).astype(
            np.float32
        )


@pytest.fixture(scope="session")
def tiny() -> TinyLinear:
    weight = np.random.default_rng(0).normal(size=(CLASSES, FEATURES)).astype(np.float32)
    return TinyLinear(
        weight, np.float32(abs(weight).max() / 127), np.float32(4 / 127), np.float32(16 / 127)
    )


@pytest.fixture(scope="session")
def onnx_bytes(tiny: TinyLinear) -> dict[str, bytes]:
    """ONNX files by precision."""
    return {"fp32": _onnx_fp32(tiny), "int8": _onnx_int8(tiny)}


@pytest.fixture(scope="session")
def other_tiny(tiny: TinyLinear) -> TinyLinear:
    """The same layer with its classes mixed up."""
    return replace(tiny, weight=np.roll(tiny.weight, 1, axis=0))


@pytest.fixture(scope="session")
def other_onnx_bytes(other_tiny: TinyLinear) -> dict[str, bytes]:
    return {"fp32": _onnx_fp32(other_tiny), "int8": _onnx_int8(other_tiny)}


@pytest.fixture(scope="session")
def tflite_bytes(tiny: TinyLinear) -> dict[str, bytes]:
    """TFLite files by precision, "int8-io" with integer inputs and outputs, "dynamic" hybrid."""
    return {
        "fp32": _tflite_fp32(tiny),
        "int8": _tflite_int8(tiny, float_border=True),
        "int8-io": _tflite_int8(tiny, float_border=False),
        "dynamic": _tflite_dynamic(tiny),
    }


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    """40 samples within the range of the input scale."""
    return np.random.default_rng(1).uniform(-4, 4, (40, FEATURES)).astype(np.float32)


@pytest.fixture
def make_bundle(
    tmp_path: Path,
    tiny: TinyLinear,
    onnx_bytes: dict[str, bytes],
    tflite_bytes: dict[str, bytes],
    images: np.ndarray,
) -> Callable[..., Path]:
    """Return a function that writes a bundle, with changes to its manifest as keywords."""

    def make(folder: str = "bundle", **changes: Any) -> Path:
        path = tmp_path / folder
        path.mkdir()
        contents = {
            "model_fp32.onnx": onnx_bytes["fp32"],
            "model_int8.onnx": onnx_bytes["int8"],
            "model_fp32.tflite": tflite_bytes["fp32"],
            "model_int8.tflite": tflite_bytes["int8"],
        }
        for name, content in contents.items():
            (path / name).write_bytes(content)
        few = images[:4]
        simulated = {"logits": tiny.simulate(few)}
        Golden(
            {"image": few},
            {"logits": tiny.exact(few)},
            {"model_int8.onnx": simulated, "model_int8.tflite": simulated},
        ).write(path / "golden.npz")
        labels = tiny.exact(images).argmax(axis=1)
        Samples({"image": images}, labels).write(path / "eval.npz")
        manifest = Manifest(
            **{
                "name": "tiny",
                "task": "classification",
                "inputs": (IMAGE,),
                "outputs": (LOGITS,),
                "files": tuple(_listed(name, content) for name, content in contents.items()),
                "labels": ("fist", "palm", "thumb", "none"),
                "recommended": {
                    "onnx": Recommendation("model_int8.onnx", "twice as fast"),
                    "tflite": Recommendation("model_fp32.tflite", "int8 is not faster here"),
                },
                "versions": {"edgeattn": "0.1.0"},
                **changes,
            }
        )
        (path / "manifest.json").write_text(manifest.dumps(), encoding="utf-8")
        return path

    return make


@pytest.fixture
def bundle_path(make_bundle: Callable[..., Path]) -> Path:
    return make_bundle()


@pytest.fixture
def edit_manifest() -> Callable[..., None]:
    """Return a function that changes manifest.json by hand, as an attacker or an editor would."""

    def edit(bundle: Path, change: Callable[[dict[str, Any]], None]) -> None:
        path = bundle / "manifest.json"
        read = json.loads(path.read_text(encoding="utf-8"))
        change(read)
        path.write_text(json.dumps(read), encoding="utf-8")

    return edit


def _listed(name: str, content: bytes) -> ModelFile:
    precision, format = name[len("model_") :].split(".")
    int8 = precision == "int8"
    return ModelFile(
        name=name,
        format=format,
        engine={"onnx": "onnxruntime", "tflite": "ai-edge-litert"}[format],
        precision=precision,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        precision_audit=PrecisionAudit(1.0, 1.0) if int8 else PrecisionAudit(0.0, 0.0),
    )


def _onnx(nodes: list[Any], constants: dict[str, np.ndarray]) -> bytes:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, FEATURES])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, CLASSES])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def _onnx_fp32(tiny: TinyLinear) -> bytes:
    node = helper.make_node("Gemm", ["image", "weight"], ["logits"], transB=1)
    return _onnx([node], {"weight": tiny.weight})


def _onnx_int8(tiny: TinyLinear) -> bytes:
    nodes = [
        helper.make_node("QuantizeLinear", ["image", "s_in", "zero"], ["image_q"]),
        helper.make_node("DequantizeLinear", ["image_q", "s_in", "zero"], ["image_dq"]),
        helper.make_node("DequantizeLinear", ["weight_q", "s_w", "zero"], ["weight"]),
        helper.make_node("Gemm", ["image_dq", "weight"], ["sum"], transB=1),
        helper.make_node("QuantizeLinear", ["sum", "s_out", "zero"], ["sum_q"]),
        helper.make_node("DequantizeLinear", ["sum_q", "s_out", "zero"], ["logits"]),
    ]
    constants = {
        "weight_q": tiny.weight_int8,
        "s_in": tiny.input_scale,
        "s_w": tiny.weight_scale,
        "s_out": tiny.output_scale,
        "zero": np.int8(0),
    }
    return _onnx(nodes, {name: np.asarray(value) for name, value in constants.items()})


class _Flatbuffer:
    """Just enough of a TFLite writer for one layer."""

    def __init__(self) -> None:
        self.tensors: list[Any] = []
        self.buffers = [schema.BufferT()]
        self.operators: list[Any] = []
        self.codes: list[Any] = []

    def tensor(self, shape: tuple[int, ...], kind: int, scale: Any = None, data: Any = None) -> int:
        tensor = schema.TensorT()
        tensor.shape, tensor.type = list(shape), kind
        tensor.name = f"tensor_{len(self.tensors)}".encode()
        tensor.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            self.buffers.append(buffer)
            tensor.buffer = len(self.buffers) - 1
        if scale is not None:
            quantization = schema.QuantizationParametersT()
            quantization.scale = [float(s) for s in np.atleast_1d(scale)]
            quantization.zeroPoint = [0] * len(quantization.scale)
            tensor.quantization = quantization
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def operator(self, code: int, inputs: list[int], output: int, options: str) -> None:
        operator_code = schema.OperatorCodeT()
        operator_code.builtinCode = operator_code.deprecatedBuiltinCode = code
        operator_code.version = 5 if options == "FullyConnectedOptions" else 1
        self.codes.append(operator_code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.codes) - 1
        operator.inputs, operator.outputs = inputs, [output]
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, options)
        operator.builtinOptions = getattr(schema, options + "T")()
        self.operators.append(operator)

    def finish(self, input_: int, output: int, *, signature: bool = True) -> bytes:
        graph = schema.SubGraphT()
        graph.name = b"main"
        graph.tensors, graph.operators = self.tensors, self.operators
        graph.inputs, graph.outputs = [input_], [output]
        model = schema.ModelT()
        model.version, model.description = 3, b"tiny"
        model.operatorCodes, model.subgraphs, model.buffers = self.codes, [graph], self.buffers
        if signature:
            definition = schema.SignatureDefT()
            definition.signatureKey, definition.subgraphIndex = b"serving_default", 0
            definition.inputs = [self._named(b"image", input_)]
            definition.outputs = [self._named(b"logits", output)]
            model.signatureDefs = [definition]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    @staticmethod
    def _named(name: bytes, index: int) -> Any:
        named = schema.TensorMapT()
        named.name, named.tensorIndex = name, index
        return named


FLOAT32, INT8 = schema.TensorType.FLOAT32, schema.TensorType.INT8
FULLY_CONNECTED = schema.BuiltinOperator.FULLY_CONNECTED


def _tflite_fp32(tiny: TinyLinear, *, signature: bool = True) -> bytes:
    file = _Flatbuffer()
    x = file.tensor((1, FEATURES), FLOAT32)
    weight = file.tensor((CLASSES, FEATURES), FLOAT32, data=tiny.weight)
    y = file.tensor((1, CLASSES), FLOAT32)
    file.operator(FULLY_CONNECTED, [x, weight, -1], y, "FullyConnectedOptions")
    return file.finish(x, y, signature=signature)


def _tflite_int8(tiny: TinyLinear, *, float_border: bool) -> bytes:
    file = _Flatbuffer()
    quantized = file.tensor((1, FEATURES), INT8, tiny.input_scale)
    weight = file.tensor((CLASSES, FEATURES), INT8, tiny.weight_scale, tiny.weight_int8)
    sums = file.tensor((1, CLASSES), INT8, tiny.output_scale)
    x, y = quantized, sums
    if float_border:
        x = file.tensor((1, FEATURES), FLOAT32)
        y = file.tensor((1, CLASSES), FLOAT32)
        file.operator(schema.BuiltinOperator.QUANTIZE, [x], quantized, "QuantizeOptions")
    file.operator(FULLY_CONNECTED, [quantized, weight, -1], sums, "FullyConnectedOptions")
    if float_border:
        file.operator(schema.BuiltinOperator.DEQUANTIZE, [sums], y, "DequantizeOptions")
    return file.finish(x, y)


def _tflite_dynamic(tiny: TinyLinear) -> bytes:
    file = _Flatbuffer()
    x = file.tensor((1, FEATURES), FLOAT32)
    scales = np.full(CLASSES, tiny.weight_scale)
    weight = file.tensor((CLASSES, FEATURES), INT8, scales, tiny.weight_int8)
    y = file.tensor((1, CLASSES), FLOAT32)
    file.operator(FULLY_CONNECTED, [x, weight, -1], y, "FullyConnectedOptions")
    return file.finish(x, y)


@pytest.fixture(scope="session")
def unsigned_tflite_bytes(tiny: TinyLinear) -> bytes:
    """A TFLite file without a signature."""
    return _tflite_fp32(tiny, signature=False)
