from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers.source import Source
from benchmarks.peers.tools.order import Order, told_in


@pytest.fixture
def order(tmp_path: Path) -> Order:
    folder, out = tmp_path / "model-key", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    told = {"inputs": ["b", "a"], "export_s": 2.0, "onnx_sha256": "0"}
    (folder / "source.json").write_text(json.dumps(told))
    (folder / "float.onnx").write_bytes(b"float")
    np.savez(folder / "calibration.npz", a=np.zeros((2, 3)), b=np.ones((2, 4)))
    return Order(Source("model", folder), out)


def test_what_was_made_is_told_with_its_seconds(order: Order) -> None:
    with order.making("one", "one.onnx", 10.0) as making:
        making.path.write_bytes(b"int8")
        making.note = "without shapes"
    told = told_in(order.out)["one"]
    assert told["file"] == "one.onnx"
    assert told["note"] == "without shapes"
    assert told["seconds"] >= 10.0


def test_an_error_is_the_recipes_own_and_the_next_one_begins(order: Order) -> None:
    with order.making("one", "one.onnx"):
        raise ValueError("no kernel")
    with order.making("two", "two.onnx") as making:
        making.path.write_bytes(b"int8")
    told = told_in(order.out)
    assert told["one"] == {"error": "ValueError: no kernel"}
    assert told["two"]["file"] == "two.onnx"


def test_a_recipe_that_writes_nothing_has_failed(order: Order) -> None:
    with order.making("one", "one.onnx"):
        pass
    assert "no file was written" in told_in(order.out)["one"]["error"]


def test_a_tool_that_writes_into_its_input_spoils_its_own_copy(order: Order) -> None:
    order.onnx.write_bytes(b"simplified")
    assert order.source.onnx.read_bytes() == b"float"
    assert order.onnx.read_bytes() == b"simplified"


def test_samples_come_one_by_one_in_the_order_of_forward(order: Order) -> None:
    samples = order.calibration()
    assert len(samples) == 2
    assert list(samples[0]) == ["b", "a"]
    assert samples[0]["b"].shape == (1, 4)
