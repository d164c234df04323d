from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn.pruning.latency import Stopwatch, int8_file
from edgeattn.pruning.slim import slimmer
from edgeattn.pruning.tokens import fewer_tokens
from edgeattn_runtime.session import open_session


@pytest.fixture
def small(model, found, example):
    kept = {group.name: tuple(range(0, group.units, 2)) for group in found.groups}
    return fewer_tokens(slimmer(model, found.groups, kept), 0.5, example)


@pytest.mark.parametrize("format", ["onnx", "tflite"])
def test_a_pruned_model_runs_in_int8_and_its_file_is_smaller(format, model, small, example, x):
    large, little = (int8_file(one, example, {"x": x.numpy()}, format) for one in (model, small))
    assert len(little) < 0.8 * len(large)
    session = open_session(little)
    (answer,) = session.run({session.inputs[0].name: x[:1].numpy()}).values()
    with torch.no_grad():
        wanted = small(x[:1]).numpy()
    noise = np.linalg.norm(answer - wanted) / np.linalg.norm(wanted)
    assert noise < 0.1  # 20 dB: int8 of a model that nobody trained, far from a wrong graph


@pytest.mark.parametrize("format", ["onnx", "tflite"])
def test_a_ratio_comes_with_its_interval(format, model, example, x, monkeypatch):
    monkeypatch.setattr("edgeattn.pruning.latency.ITERATIONS", 3)  # the ratio is not judged here
    found = Stopwatch(model, example, {"x": x.numpy()}, format).ratio(model)
    assert found.low <= found.ratio <= found.high
    assert found.ratio > 0
