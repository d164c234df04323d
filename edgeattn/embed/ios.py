"""iOS: a Swift package over ONNX Runtime, with Core ML behind it where that gives right numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from edgeattn.embed.kit import Kit
from edgeattn.embed.phone import calculated, float_literal, golden_of_app, phone_facts
from edgeattn.embed.texts import tokens_of
from edgeattn_runtime.preprocessing import Step

FORMATS = ("onnx",)


def facts(kit: Kit) -> Mapping[str, Any]:
    """Return what the templates of iOS name beside the kit."""
    return {
        **phone_facts(kit),
        "file": kit.files[0],
        "steps": [swift_step(step, len(kit.inputs[0].shape)) for step in calculated(kit)],
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
