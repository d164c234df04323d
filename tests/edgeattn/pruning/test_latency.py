from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn.models.hybrid import Hybrid
from edgeattn.pruning import latency
from edgeattn.pruning.dependencies import find_dependencies
from edgeattn.pruning.slim import slimmer
from edgeattn.pruning.tokens import fewer_tokens
from edgeattn_runtime.session import open_session
from tests.edgeattn.pruning.lively import lively


@pytest.fixture
def model():
    torch.manual_seed(0)
    return lively(Hybrid(classes=2, widths=(8, 16, 32), depth=1, heads=4, expansion=2))


@pytest.fixture
def small(model, example):
    groups = find_dependencies(model, example).groups
    kept = {group.name: tuple(range(0, group.units, 2)) for group in groups}
    return fewer_tokens(slimmer(model, groups, kept), 0.5, example)


@pytest.mark.parametrize("format", ["onnx", "tflite"])
def test_a_pruned_model_runs_in_int8_from_a_smaller_file(
    format, model, small, example, x, monkeypatch
):
    files = []

    def kept(*words):
        files.append(convert(*words))
        return files[-1]

    convert = latency.int8_file
    monkeypatch.setattr(latency, "int8_file", kept)
    monkeypatch.setattr(latency, "ITERATIONS", 3)  # how fast it is is not judged here
    ratio = latency.Stopwatch(model, example, {"x": x.numpy()}, format).ratio(small)
    assert 0 < ratio.low <= ratio.ratio <= ratio.high
    large, little = files
    assert len(little) < 0.8 * len(large)
    session = open_session(little)
    (answer,) = session.run({session.inputs[0].name: x[:1].numpy()}).values()
    with torch.no_grad():
        wanted = small(x[:1]).numpy()
    noise = np.linalg.norm(answer - wanted) / np.linalg.norm(wanted)
    assert noise < 0.1  # 20 dB: int8 of a model that nobody trained, far from a wrong graph
