"""Web: a TypeScript ES module for onnxruntime-web and LiteRT.js, a page, and an entry for Node.

The compiled modules lie beside the sources, so that a kit runs without a build step; a test
compiles the sources and compares. What a page ships beside its model is the modules and
`model/probe.bin`: golden samples by which WebGPU proves itself on the device of who visits.
"""

from __future__ import annotations

import gzip
import html
import json
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Any

from edgeattn.embed.kit import Kit
from edgeattn.embed.texts import tokens_of
from edgeattn.embed.vectors import Vector

FORMATS = ("onnx", "tflite")
PREFERRED = ("onnxruntime-wasm", "onnxruntime-webgpu")  # policies; what most visitors have first
RUNTIMES = {"onnx": "onnxruntime", "tflite": "litert"}
PROBE_SHARE = 0.08
"""Of the model's bytes: probe and modules together stay below a fifth of it."""

# Tested together; package.json pins them.
ORT_VERSION, LITERT_VERSION = "1.30.0", "2.5.3"
PACKAGES = {
    "onnx": (("onnxruntime-node", ORT_VERSION), ("onnxruntime-web", ORT_VERSION)),
    "tflite": (("@litertjs/core", LITERT_VERSION),),
}
TOOLS = (("@types/node", "20.19.43"), ("typescript", "7.0.2"))
# What the page's import statements name -> the file below node_modules.
IMPORTS = {
    "onnx": (
        ("onnxruntime-web/wasm", "onnxruntime-web/dist/ort.wasm.min.mjs"),
        ("onnxruntime-web/webgpu", "onnxruntime-web/dist/ort.webgpu.min.mjs"),
    ),
    "tflite": (
        ("@litertjs/core", "@litertjs/core/dist/index.js"),
        ("@litertjs/wasm-utils", "@litertjs/wasm-utils/dist/index.js"),
    ),
}
NAMES = {"onnx": "ONNX Runtime", "tflite": "LiteRT"}
# kind -> class, its module, a call, what the page says
BASES = {
    "photo": ("PhotoClassifier", "photo_classifier", "classify(bitmap)", "Drop a photo here"),
    "sound": ("SampleClassifier", "sample_classifier", "classify(sound)", "Drop float32 numbers"),
    "numbers": (
        "SampleClassifier",
        "sample_classifier",
        "classify(sample)",
        "Drop float32 numbers",
    ),
    "text": ("TextClassifier", "text_classifier", 'classify("a sentence")', ""),
    "tensors": ("Model", "model", "run(inputs)", "Drop the inputs' bytes here"),
}
PREPARED = ("photo", "sound", "numbers")  # kinds whose NumPy steps the kit does itself
# Modules of one kind or format; the others are in every kit.
OF_KINDS = {
    "photo_classifier": ("photo",),
    "photo": ("photo",),
    "sample_classifier": ("sound", "numbers"),
    "preprocessing": PREPARED,
    "text_classifier": ("text",),
    "wordpiece": ("text",),
}
# Modules of one format: what Node runs is ONNX Runtime.
OF_FORMATS = {"onnxruntime": "onnx", "node": "onnx", "litert": "tflite"}


def facts(kit: Kit) -> Mapping[str, Any]:
    """Return what the templates of the web name beside the kit."""
    from edgeattn.embed.embed import summary

    base, base_file, call, hint = BASES[kit.kind]
    formats = [file.format for file in kit.files]
    result = "outputs" if kit.kind == "tensors" else "classes"
    said = summary(kit)
    return {
        "base": base,
        "base_file": base_file,
        "example": f"const {result} = await model.{call};",
        "hint": hint,
        "checks": _checks(kit),
        "prepares": kit.kind in PREPARED and bool(kit.vectors.raw),
        "html_summary": html.escape(said.removesuffix(".")),
        "description": json.dumps(said),
        "labels": listed(kit.labels, indent=2),
        "labels_js": listed(kit.labels, indent=4),
        "labels_type": f"[{', '.join(map(json.dumps, kit.labels))}]",
        "spec": spec_source(kit, indent=2),
        "spec_js": spec_source(kit, indent=4),
        "onnx": "onnx" in formats,
        "for_webgpu": any(file.target == PREFERRED[1] for file in kit.files),
        "tflite": "tflite" in formats,
        "files": [(file.name, file.bytes, NAMES[file.format]) for file in kit.files],
        "packages": [one for name in formats for one in PACKAGES[name]],
        "tools": TOOLS,
        "imports": [one for name in formats for one in IMPORTS[name]],
        "choices": [
            (f"{RUNTIMES[name]} {backend}", f"{NAMES[name]}, {words}")
            for name in formats
            for backend, words in (("wasm", "WebAssembly"), ("webgpu", "WebGPU"))
        ],
    }


def _checks(kit: Kit) -> list[str]:
    """Return the functions of tests/golden.mjs that this kit's tests call."""
    found = ["checkGolden"]
    if kit.kind in PREPARED and kit.vectors.raw:
        found.append("checkPreprocessing")
    extra = {"photo": "checkResizing", "text": "checkTokens"}
    return [*found, *filter(None, [extra.get(kit.kind)])]


def arrange(kit: Kit, files: dict[str, bytes]) -> dict[str, bytes]:
    """Move the golden vectors to the tests, and add what a page ships beside the model."""
    moved = {
        f"tests/{name}" if name.startswith("golden/") else name: content
        for name, content in files.items()
        if kit.kind in _kinds_of(name) and kit.file(_format_of(name, kit)) is not None
    }
    moved["model/probe.bin"] = probe(kit)
    tokens = tokens_of(kit)
    if tokens is not None:
        moved["model/vocabulary.json"] = json.dumps(tokens.pieces, ensure_ascii=False).encode()
        moved |= {f"tests/golden/{name}": content for name, content in tokens.files().items()}
    return moved


def _kinds_of(name: str) -> Collection[str]:
    """Return the kinds of kits that a file is for."""
    path = PurePosixPath(name)
    if name == "tests/resized.mjs":
        return ("photo",)
    stem = path.name.split(".")[0]
    return OF_KINDS.get(stem, BASES) if path.parent.name == "edgeattn" else BASES


def _format_of(name: str, kit: Kit) -> str:
    """Return the format of models that a file is for; the kit's first when it is for any."""
    path = PurePosixPath(name)
    code = path.suffix in (".ts", ".js", ".mjs")
    return OF_FORMATS.get(path.name.split(".")[0] if code else "", kit.files[0].format)


def probe_samples(kit: Kit) -> int:
    """Return how many golden samples go into the probe: what `PROBE_SHARE` holds, at least one."""
    samples = kit.vectors.count // kit.inputs[0].shape[0]
    room = PROBE_SHARE * min(file.bytes for file in kit.files)
    fitting = [n for n in range(1, samples + 1) if len(_packed(kit, n)) <= room]
    return max(fitting, default=1)


def probe(kit: Kit) -> bytes:
    """Return probe.bin: gzip of the inputs, then of each file's first output (probe.ts)."""
    return _packed(kit, probe_samples(kit))


def _packed(kit: Kit, samples: int) -> bytes:
    first = kit.outputs[0].name
    vectors = [kit.vectors.inputs[port.name] for port in kit.inputs]
    vectors += [kit.vectors.expected[file.name][first] for file in kit.files]
    content = b"".join(_first(one, samples * kit.inputs[0].shape[0]) for one in vectors)
    return gzip.compress(content, 9, mtime=0)


def _first(vector: Vector, count: int) -> bytes:
    return vector.content[: len(vector.content) // vector.shape[0] * count]


def spec_source(kit: Kit, indent: int) -> str:
    """Return the spec as TypeScript writes it, one line for each entry."""
    spec: dict[str, Any] = {
        "name": kit.manifest.name,
        "kind": kit.kind,
        "inputs": [_port(port) for port in kit.inputs],
        "outputs": [_port(port) for port in kit.outputs],
        "files": {RUNTIMES[file.format]: file.name for file in kit.files},
        "steps": _steps(kit),
    }
    if kit.kind == "photo" and kit.photo_size is not None:
        height, width = kit.photo_size
        spec["photo"] = {"height": height, "width": width}
    tokens = tokens_of(kit)
    if tokens is not None:
        spec["text"] = {name: getattr(tokens, name) for name in ("length", "ids", "mask")}
    runtimes = [RUNTIMES[file.format] for file in kit.files]
    spec["probe"] = {"samples": probe_samples(kit), "runtimes": runtimes}
    margin = " " * indent
    lines = [f"{margin}{name}: {_entry(value, margin)},\n" for name, value in spec.items()]
    lines.insert(4, f"{margin}labels{'' if kit.classifies else ': []'},\n")
    return "{\n" + "".join(lines) + "}"


def _entry(value: Any, margin: str) -> str:
    """Return a value of the spec; of several tensors or steps, one on each line."""
    if not (isinstance(value, list) and len(value) > 1):
        return literal(value)
    inside = "".join(f"{2 * margin}{literal(one)},\n" for one in value)
    return f"[\n{inside}{margin}]"


def _steps(kit: Kit) -> list[dict[str, Any]]:
    """Return the steps that the kit does itself; all are for its one input."""
    if kit.kind not in PREPARED:
        return []
    return [{"step": step.name, **step.options} for step in kit.steps]


def _port(port: Any) -> dict[str, Any]:
    return {"name": port.name, "dtype": port.dtype, "shape": list(port.shape)}


def literal(value: Any) -> str:
    """Return a value of JSON as TypeScript writes it.

    >>> literal({"name": "x", "shape": [1, 3]})
    '{ name: "x", shape: [1, 3] }'
    """
    if isinstance(value, Mapping):
        inside = ", ".join(f"{name}: {literal(one)}" for name, one in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(literal, value))}]"
    return json.dumps(value)


def listed(texts: tuple[str, ...], indent: int) -> str:
    """Return texts as an array of TypeScript, one on each line."""
    return "[\n" + "".join(f"{' ' * indent}{json.dumps(text)},\n" for text in texts) + "]"
