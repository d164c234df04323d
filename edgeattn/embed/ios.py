"""iOS: a Swift package over ONNX Runtime, with Core ML behind it where that gives right numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from edgeattn.embed.android import golden_of_app, samples_of
from edgeattn.embed.kit import Kit
from edgeattn.embed.texts import tokens_of
from edgeattn.embed.vectors import plain
from edgeattn_runtime.preprocessing import Step

FORMATS = ("onnx",)


def facts(kit: Kit) -> Mapping[str, Any]:
    """Return what the templates of iOS name beside the kit."""
    tokens = tokens_of(kit)
    file = kit.files[0]
    expected = kit.vectors.expected[file.name]
    return {
        "kind": "tensors" if kit.kind == "text" and tokens is None else kit.kind,
        "tokens": tokens,
        "file": file,
        "samples": samples_of(kit),
        "expected": [
            (expected[port.name].dtype, plain(port.name))
            for port in kit.outputs
            if port.name in expected
        ],
        "raw": next(iter(kit.vectors.raw.values()), None),
        "prepared": next(iter(kit.vectors.prepared.values()), None),
        "sample": " x ".join(map(str, kit.inputs[0].shape[1:])) + " numbers",
        "steps": [
            swift_step(step, len(kit.inputs[0].shape)) for step in kit.steps if step.name != "cast"
        ],
    }


def arrange(kit: Kit, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files where a Swift package expects them; empty templates are left out.

    The model and the vectors that prove an accelerator are resources of the library; the vectors
    of preprocessing are for the tests.
    """
    resources = f"Sources/{kit.names.type}/Resources"
    tests = f"Tests/{kit.names.type}Tests/Resources"
    found = {}
    for name, content in files.items():
        if name == "model/manifest.json":
            found["manifest.json"] = content
        elif name.startswith("model/"):
            found[f"{resources}/{name.removeprefix('model/')}"] = content
        elif re.match("golden/(input_|expected_)", name):
            found[f"{resources}/{name}"] = golden_of_app(kit, content)
        elif name.startswith("golden/"):  # golden.json too: a folder of tests is never empty
            found[f"{tests}/{name}"] = content
        elif content.strip():
            found[name] = content
    tokens = tokens_of(kit)
    if tokens is not None:
        found[f"{resources}/vocabulary.txt"] = tokens.vocabulary
        for name, content in tokens.files().items():
            found[f"{tests}/golden/{name}"] = content
    return found


def swift_step(step: Step, rank: int) -> str:
    """Return a step as Swift calls it on an `NdArray`.

    >>> swift_step(Step("scale", {"factor": 0.5}), 4)
    'scale(5.0e-01)'
    """
    if step.name == "scale":
        return f"scale({float_literal(step.options['factor'])})"
    if step.name == "normalize":
        lists = (map(float_literal, step.options[name]) for name in ("mean", "std"))
        mean, std = (f"[{', '.join(one)}]" for one in lists)
        return f"normalize(mean: {mean}, std: {std}, axis: {step.options.get('axis', -1) % rank})"
    return f"transpose([{', '.join(map(str, step.options['axes']))}])"


def float_literal(number: float) -> str:
    """Return a float32 as Swift reads it back to the last bit where a Float is expected.

    >>> float_literal(1 / 255)
    '3.921569e-03'
    """
    return np.format_float_scientific(np.float32(number), trim="0")
