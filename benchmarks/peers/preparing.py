"""Make the sources: weights, samples, PyTorch's answers and its export, once for each model."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.peers.models import SHAPES, built, inputs
from benchmarks.peers.source import Array, Source

TRAINED = "gesture-hybrid"
NAMES = (TRAINED, *SHAPES)
CALIBRATION, EVALUATION = 32, 64
CALIBRATION_SEED, EVALUATION_SEED = 1, 2
GESTURES_TO_CALIBRATE = 128


def title(name: str) -> str:
    """Return a model's name for tables."""
    return "gesture hybrid (trained), 256 tokens" if name == TRAINED else SHAPES[name].title


def module(name: str) -> nn.Module:
    """Return the PyTorch model in eval mode, its weights frozen.

    With weights that want gradients PyTorch 2.13 traces masked attention by another kernel, and its
    export of the Swin-shaped model fails on the strides; frozen, every tool gets past that.
    """
    if name in SHAPES:
        return built(name).requires_grad_(False)
    from edgeattn.models.catalog import zoo_entry
    from edgeattn.models.checkpoint import load_checkpoint

    return load_checkpoint(zoo_entry(name).checkpoint_path()).module.eval().requires_grad_(False)


def prepared(name: str, cache: Path) -> Source:
    """Return the source of a model, making what is missing."""
    torch.set_num_threads(1)
    model = module(name)
    data = _data(name)
    folder = cache / f"{name}-{_key(model, data)}"
    source = Source(name, folder)
    if (folder / "source.json").exists():
        return source
    folder.mkdir(parents=True, exist_ok=True)
    for which in ("calibration", "evaluation"):
        np.savez(folder / f"{which}.npz", **data[which])
    if "labels" in data:
        np.save(folder / "labels.npy", data["labels"])
    np.save(folder / "reference.npy", answers(model, data["evaluation"]))
    started = time.perf_counter()
    _export(model, data["calibration"], source.onnx)
    told = {
        "inputs": list(data["calibration"]),
        "export_s": time.perf_counter() - started,
        "onnx_sha256": hashlib.sha256(source.onnx.read_bytes()).hexdigest(),
    }
    partial = folder / "source.partial"
    partial.write_text(json.dumps(told))
    os.replace(partial, folder / "source.json")
    return source


def answers(model: nn.Module, samples: dict[str, Array]) -> Array:
    """Return the model's outputs [N, classes], one sample at a time as the engines run them."""
    count = len(next(iter(samples.values())))
    with torch.no_grad():
        rows = [model(*example(samples, row)) for row in range(count)]
    found: Array = torch.cat(rows).numpy()
    return found


def example(samples: dict[str, Array], row: int = 0) -> tuple[torch.Tensor, ...]:
    """Return one sample as the arguments of `forward`, batch of one."""
    return tuple(torch.from_numpy(values[row : row + 1]) for values in samples.values())


def _data(name: str) -> dict[str, Any]:
    if name in SHAPES:
        drawn = (
            inputs(name, CALIBRATION, CALIBRATION_SEED),
            inputs(name, EVALUATION, EVALUATION_SEED),
        )
        both = ({key: value.numpy() for key, value in one.items()} for one in drawn)
        return dict(zip(("calibration", "evaluation"), both, strict=True))
    from edgeattn.data.choice import choose_data

    chosen = choose_data(
        calib=None, evaluation=None, dataset="gestures", samples=GESTURES_TO_CALIBRATE,
        allow_random=False, inputs=None,
    )  # fmt: skip
    return {
        "calibration": dict(chosen.calibration.x),
        "evaluation": dict(chosen.evaluation.x),
        "labels": chosen.evaluation.y,
    }


def _key(model: nn.Module, data: dict[str, Any]) -> str:
    digest = hashlib.sha256(repr(model).encode())
    for name, value in model.state_dict().items():
        digest.update(name.encode() + value.numpy().tobytes())
    for which in ("calibration", "evaluation"):
        for name, values in data[which].items():
            digest.update(name.encode() + values.tobytes())
    return digest.hexdigest()[:16]


def _export(model: nn.Module, samples: dict[str, Array], path: Path) -> None:
    from edgeattn_converters.onnx.lower import quiet

    with quiet():
        program = torch.onnx.export(
            model, example(samples), dynamo=True, verbose=False, input_names=list(samples)
        )
    assert program is not None
    path.write_bytes(program.model_proto.SerializeToString())
