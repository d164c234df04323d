"""One ONNX operator at a time, here and in ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import helper

from edgeattn.sources.onnx import load_onnx

Pair = tuple[np.ndarray, np.ndarray]


@pytest.fixture
def operator_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a model of one operator; inputs numbered in `constants` are stored in the file."""

    def write(
        kind: str,
        inputs: Sequence[np.ndarray | None],
        constants: Sequence[int] = (),
        *,
        outputs: int = 1,
        opset: int = 20,
        domain: str = "",
        **attributes: Any,
    ) -> Path:
        names = ["" if array is None else f"x{index}" for index, array in enumerate(inputs)]
        results = [f"y{index}" for index in range(outputs)]
        node = helper.make_node(kind, names, results, "the_node", domain=domain, **attributes)
        kinds = [
            None if array is None else helper.np_dtype_to_tensor_dtype(array.dtype)
            for array in inputs
        ]
        fed = [
            helper.make_tensor_value_info(name, element, array.shape)
            for index, (name, element, array) in enumerate(zip(names, kinds, inputs, strict=True))
            if array is not None and index not in constants
        ]
        stored = [onnx.numpy_helper.from_array(inputs[index], names[index]) for index in constants]
        one = helper.make_graph(
            [node], "one", fed, [onnx.ValueInfoProto(name=n) for n in results], stored
        )
        domains = [helper.make_opsetid("", opset)]
        domains += [helper.make_opsetid(domain, 1)] if domain else []
        model = helper.make_model(one, opset_imports=domains, ir_version=10)
        model = onnx.shape_inference.infer_shapes(model)
        for port in model.graph.output:  # operators that shape inference does not know
            if not port.type.tensor_type.HasField("shape"):
                port.CopyFrom(helper.make_tensor_value_info(port.name, kinds[0], inputs[0].shape))
        path = tmp_path / f"{kind}.onnx"
        onnx.save(model, path)
        return path

    return write


@pytest.fixture
def both(operator_file: Callable[..., Path]) -> Callable[..., list[Pair]]:
    """Return what our module and what ONNX Runtime make of the same inputs, per output."""

    def run(
        kind: str,
        inputs: Sequence[np.ndarray | None],
        constants: Sequence[int] = (),
        **options: Any,
    ) -> list[Pair]:
        path = operator_file(kind, inputs, constants, **options)
        fed = [x for i, x in enumerate(inputs) if x is not None and i not in constants]
        module = load_onnx(path).module
        with torch.no_grad():
            ours = module(*(torch.from_numpy(x) for x in fed))
        ours = ours if isinstance(ours, tuple) else (ours,)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        ports = [port.name for port in session.get_inputs()]
        theirs = session.run(None, dict(zip(ports, fed, strict=True)))
        return [(mine.numpy(), other) for mine, other in zip(ours, theirs, strict=True)]

    return run


@pytest.fixture
def same(both: Callable[..., list[Pair]]) -> Callable[..., None]:
    """Check that both agree: within 1e-5 of the largest number, and in shape and type."""

    def check(*arguments: Any, **options: Any) -> None:
        for mine, other in both(*arguments, **options):
            assert mine.shape == other.shape
            assert mine.dtype == other.dtype
            if mine.dtype.kind == "f":
                # float32 carries 24 bits; sums of some hundred terms keep 1e-5 of the largest.
                scale = max(float(np.abs(other).max(initial=0)), 1e-6)
                np.testing.assert_allclose(mine, other, rtol=0, atol=1e-5 * scale)
            else:
                np.testing.assert_array_equal(mine, other)

    return check


@pytest.fixture
def noise() -> Callable[..., np.ndarray]:
    """Normal numbers of any shape, the same in every run."""
    generator = np.random.default_rng(0)
    return lambda *shape: generator.standard_normal(shape).astype(np.float32)
