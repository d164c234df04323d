"""Android: a Gradle project, a library module in Kotlin with a flavor for each engine, a sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from edgeattn.embed.kit import Kit
from edgeattn.embed.phone import calculated, float_literal, golden_of_app, phone_facts
from edgeattn.embed.texts import tokens_of
from edgeattn_runtime.preprocessing import Step

FORMATS = ("tflite", "onnx")
FLAVORS = {"tflite": "litert", "onnx": "onnxruntime"}


def facts(kit: Kit) -> Mapping[str, Any]:
    """Return what the templates of Android name beside the kit."""
    files = {FLAVORS[file.format]: file for file in kit.files}
    return {
        **phone_facts(kit),
        "flavors": list(files),
        "files": list(kit.files),
        "litert": files.get("litert"),
        "onnxruntime": files.get("onnxruntime"),
        "steps": [kotlin_step(step, len(kit.inputs[0].shape)) for step in calculated(kit)],
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


def kotlin_step(step: Step, rank: int) -> str:
    """Return a step as Kotlin calls it on an `NdArray`.

    >>> kotlin_step(Step("scale", {"factor": 0.5}), 4)
    'scale(5.0e-01f)'
    """
    if step.name == "scale":
        return f"scale({float_literal(step.options['factor'])}f)"
    if step.name == "normalize":
        lists = ([f"{float_literal(x)}f" for x in step.options[key]] for key in ("mean", "std"))
        mean, std = (f"floatArrayOf({', '.join(one)})" for one in lists)
        return f"normalize({mean}, {std}, {step.options.get('axis', -1) % rank})"
    return f"transpose({', '.join(map(str, step.options['axes']))})"


def _asset(kit: Kit, flavor: str, name: str) -> str:
    # Below a folder of the kit's own: an app may hold several kits.
    return f"library/src/{flavor}/assets/{kit.names.snake}/{name}"


def _flavor(kit: Kit, match: re.Match[str]) -> str:
    """Return whose a file of golden vectors is; inputs are everybody's."""
    if match[1] == "input_":
        return "main"
    file = next(file for file in kit.files if match[2].startswith(f"{file.name}_"))
    return FLAVORS[file.format]
