"""Android: a Gradle project, a library module in Kotlin with a flavor for each engine, a sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from edgeattn.embed.kit import Kit
from edgeattn.embed.texts import tokens_of
from edgeattn.embed.vectors import plain
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.preprocessing import Step

FORMATS = ("tflite", "onnx")
FLAVORS = {"tflite": "litert", "onnx": "onnxruntime"}
PROBE_BYTES = 1 << 20
"""Of golden inputs that travel in the app, so that it can prove an accelerator at first start."""


def facts(kit: Kit) -> Mapping[str, Any]:
    """Return what the templates of Android name beside the kit."""
    tokens = tokens_of(kit)
    expected = kit.vectors.expected[kit.files[0].name]
    files = {FLAVORS[file.format]: file for file in kit.files}
    return {
        "kind": "tensors" if kit.kind == "text" and tokens is None else kit.kind,
        "tokens": tokens,
        "flavors": list(files),
        "files": list(kit.files),
        "litert": files.get("litert"),
        "onnxruntime": files.get("onnxruntime"),
        "samples": samples_of(kit),
        "expected": [
            (expected[port.name].dtype, plain(port.name))
            for port in kit.outputs
            if port.name in expected
        ],
        "raw": next(iter(kit.vectors.raw.values()), None),
        "prepared": next(iter(kit.vectors.prepared.values()), None),
        "rate": next(
            (s.options.get("rate") for s in kit.manifest.preprocessing if s.name == "frames"), None
        ),
        "sample": " x ".join(map(str, kit.inputs[0].shape[1:])) + " numbers",
        "steps": [kotlin_step(step, len(kit.inputs[0].shape)) for step in _steps(kit)],
    }


def arrange(kit: Kit, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files where Gradle expects them; templates that came out empty are left out.

    Models and the vectors that prove an accelerator are assets, each engine's in its flavor; the
    vectors of preprocessing are for the tests.
    """
    found = {}
    formats = {f"model/{file.name}": FLAVORS[file.format] for file in kit.files}
    for name, content in files.items():
        if name in formats:
            found[_asset(kit, formats[name], name.removeprefix("model/"))] = content
        elif match := re.fullmatch(r"golden/(input_|expected_)(.*)", name):
            found[_asset(kit, _flavor(kit, match), name)] = golden_of_app(kit, content)
        elif name.startswith("golden/") and name != "golden/golden.json":
            found[f"library/src/test/resources/{name}"] = content
        elif name == "model/manifest.json":
            found["manifest.json"] = content
        elif content.strip():
            found[name] = content
    tokens = tokens_of(kit)
    if tokens is not None:
        found[_asset(kit, "main", "vocabulary.txt")] = tokens.vocabulary
        for name, content in tokens.files().items():
            found[f"library/src/test/resources/golden/{name}"] = content
    return found


def samples_of(kit: Kit) -> int:
    """Return how many batches of golden vectors go with the app: at least one.

    Raises:
        BadUsage: There is not even one.
    """
    batch = kit.inputs[0].shape[0]
    count = kit.vectors.count // batch
    if count == 0:
        raise BadUsage(
            f"the model takes batches of {batch}, and the bundle's golden vectors are only "
            f"{kit.vectors.count}; convert the model with a batch of 1"
        )
    size = sum(len(vector.content) for vector in kit.vectors.inputs.values()) // kit.vectors.count
    return min(count, max(1, PROBE_BYTES // (size * batch)))


def golden_of_app(kit: Kit, content: bytes) -> bytes:
    """Return the part of all golden samples that goes with the app."""
    share = samples_of(kit) * kit.inputs[0].shape[0]
    return content[: len(content) // kit.vectors.count * share]


def kotlin_step(step: Step, rank: int) -> str:
    """Return a step as Kotlin calls it on an `NdArray`.

    >>> kotlin_step(Step("scale", {"factor": 0.5}), 4)
    'scale(5.0e-01f)'
    """
    if step.name == "scale":
        return f"scale({float_literal(step.options['factor'])})"
    if step.name == "normalize":
        lists = (map(float_literal, step.options[name]) for name in ("mean", "std"))
        mean, std = (f"floatArrayOf({', '.join(one)})" for one in lists)
        return f"normalize({mean}, {std}, {step.options.get('axis', -1) % rank})"
    return f"transpose({', '.join(map(str, step.options['axes']))})"


def float_literal(number: float) -> str:
    """Return a float32 as Kotlin reads it back to the last bit.

    >>> float_literal(1 / 255)
    '3.921569e-03f'
    """
    return f"{np.format_float_scientific(np.float32(number), trim='0')}f"


def _steps(kit: Kit) -> tuple[Step, ...]:
    """Return the steps behind reading the numbers, which gives float32 already."""
    return tuple(step for step in kit.steps if step.name != "cast")


def _asset(kit: Kit, flavor: str, name: str) -> str:
    # Below a folder of the kit's own: an app may hold several kits.
    return f"library/src/{flavor}/assets/{kit.names.snake}/{name}"


def _flavor(kit: Kit, match: re.Match[str]) -> str:
    """Return whose a file of golden vectors is; inputs are everybody's."""
    if match[1] == "input_":
        return "main"
    file = next(file for file in kit.files if match[2].startswith(f"{file.name}_"))
    return FLAVORS[file.format]
