"""C++: a header-only CMake project over the engines' C APIs, for desktops, boards and the NDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from edgeattn.embed.kit import Kit
from edgeattn.embed.letters import letters
from edgeattn.embed.texts import tokens_of
from edgeattn.embed.vectors import plain
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.preprocessing import Step

FORMATS = ("onnx", "tflite")
# format -> the engine's name in C++, its class, the macro that compiles it in, more arguments, its
# package for Python
ENGINES = {
    "onnx": ("onnxruntime", "OnnxRuntime", "EDGEATTN_ONNXRUNTIME", ", threads", "onnxruntime"),
    "tflite": ("litert", "LiteRt", "EDGEATTN_LITERT", "", "ai-edge-litert"),
}

NUMBERS = {
    "float32": "float",
    "int8": "std::int8_t",
    "uint8": "std::uint8_t",
    "int32": "std::int32_t",
    "int64": "std::int64_t",
}
# Files of one kind of kit; the others are in every kit.
OF_KINDS = {
    "include/edgeattn/photo.hpp": ("photo",),
    "include/edgeattn/preprocessing.hpp": ("photo", "sound", "numbers"),
    "include/edgeattn/letters.hpp": ("text",),
    "include/edgeattn/words.hpp": ("text",),
    "include/edgeattn/wordpiece.hpp": ("text",),
}


def facts(kit: Kit) -> Mapping[str, Any]:
    """Return what the templates of C++ name beside the kit."""
    tokens = tokens_of(kit)
    expected = kit.vectors.expected[kit.files[0].name]
    found = [(file, ENGINES[file.format]) for file in kit.files]
    lengths = " x ".join(map(str, kit.inputs[0].shape[1:]))
    return {
        "tokens": tokens,
        "pieces": 0 if tokens is None else tokens.vocabulary.count(b"\n"),
        "letters": None if tokens is None else letters(),
        "numbers": [NUMBERS[port.dtype] for port in kit.inputs],
        "engines": [
            {
                "name": name,
                "type": type,
                "flag": flag,
                "option": f"-D {name.upper()}_LIBRARY=FILE",
                "more": more,
                "file": file.name,
            }
            for file, (name, type, flag, more, _) in found
        ],
        "packages": [package for _, (*_, package) in found],
        "onnx": kit.file("onnx") is not None,
        "tflite": kit.file("tflite") is not None,
        "files": [file.name for file in kit.files],
        "classifies": kit.classifies,
        "batches": _batches(kit),
        "promised": [
            (index, plain(port.name), expected[port.name].dtype)
            for index, port in enumerate(kit.outputs)
            if port.name in expected
        ],
        "raw": next(iter(kit.vectors.raw.values()), None),
        "prepared": next(iter(kit.vectors.prepared.values()), None),
        "takes_floats": kit.kind in ("sound", "numbers"),
        "sample": f"{lengths} samples of sound in [-1, 1]"
        if kit.kind == "sound"
        else f"{lengths} numbers, the last axis side by side",
        "steps": [cpp_step(step, len(kit.inputs[0].shape)) for step in _steps(kit)],
    }


def arrange(kit: Kit, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Leave out what is for kits of another kind; add the vocabulary and its golden tokens."""
    found = {name: files[name] for name in files if kit.kind in OF_KINDS.get(name, (kit.kind,))}
    tokens = tokens_of(kit)
    if tokens is not None:
        found["model/vocabulary.txt"] = tokens.vocabulary
        found |= {f"golden/{name}": content for name, content in tokens.files().items()}
    return found


def _batches(kit: Kit) -> int:
    """Return how often the golden vectors fill the model's batch; never 0, which would pass."""
    batch = kit.inputs[0].shape[0]
    if kit.vectors.count < batch:
        raise BadUsage(
            f"the model takes batches of {batch}, and the bundle's golden vectors are only "
            f"{kit.vectors.count}; convert the model with a batch of 1"
        )
    return kit.vectors.count // batch


def _steps(kit: Kit) -> tuple[Step, ...]:
    """Return the steps behind the first `cast`, which reading the pixels does already."""
    steps = kit.steps
    return steps[1:] if kit.kind == "photo" and steps and steps[0].name == "cast" else steps


def cpp_step(step: Step, rank: int) -> str:
    """Return a step as C++ calls it on `x`.

    >>> cpp_step(Step("scale", {"factor": 0.5}), 4)
    'edgeattn::scale(std::move(x), 5.e-01F)'
    """
    if step.name == "scale":
        return f"edgeattn::scale(std::move(x), {float_literal(step.options['factor'])})"
    if step.name == "normalize":
        lists = (map(float_literal, step.options[name]) for name in ("mean", "std"))
        mean, std = (f"{{{', '.join(one)}}}" for one in lists)
        axis = step.options.get("axis", -1) % rank
        return f"edgeattn::normalize(std::move(x), {mean}, {std}, {axis})"
    if step.name == "transpose":
        return f"edgeattn::transpose(x, {{{', '.join(map(str, step.options['axes']))}}})"
    return "std::move(x)"  # cast to float32: it is float32 already


def float_literal(number: float) -> str:
    """Return a float32 as C++ reads it back to the last bit.

    >>> float_literal(1 / 255)
    '3.921569e-03F'
    """
    return f"{np.format_float_scientific(np.float32(number))}F"
