"""Models: everything a user may hand in, one file per kind.

The first entry of `SOURCES` that accepts what was typed loads it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgeattn.sources.loaded import LoadedModel
from edgeattn_runtime.errors import BadUsage

__all__ = ["SOURCES", "LoadedModel", "Source", "load_model"]


LONGEST_SPEC = 4096  # PATH_MAX of Linux, in characters here


@dataclass(frozen=True)
class Source:
    """One kind of model that can be handed in."""

    kind: str
    accepts: Callable[[str], bool]
    load: Callable[[str], LoadedModel]


def load_model(spec: str) -> LoadedModel:
    """Return the model that `spec` names.

    Args:
        spec: A zoo name, a checkpoint, `file.py:factory`, `package.module:factory`, a `.pt2` or a
            `.onnx` file.
    """
    if not spec:
        raise BadUsage("no model was named; `edgeattn zoo` lists some")
    if len(spec) > LONGEST_SPEC or "\0" in spec:
        raise BadUsage(
            f"{spec[:40]!r}... cannot be a model's name or path; `edgeattn zoo` lists some"
        )
    for source in SOURCES:
        if source.accepts(spec):
            return source.load(spec)
    raise AssertionError("the last source accepts every text")


# Each loader imports its own library when it is needed: `import edgeattn.sources` stays light.


def _load_onnx(spec: str) -> LoadedModel:
    from edgeattn.sources.onnx import load_onnx

    return load_onnx(Path(spec).expanduser())


def _load_exported(spec: str) -> LoadedModel:
    from edgeattn.sources.exported import load_exported

    return load_exported(Path(spec).expanduser())


def _load_checkpoint(spec: str) -> LoadedModel:
    from edgeattn.sources.zoo import load_from_checkpoint

    return load_from_checkpoint(Path(spec).expanduser())


def _load_factory(spec: str) -> LoadedModel:
    from edgeattn.sources.module import load_factory

    return load_factory(spec)


def _load_zoo(spec: str) -> LoadedModel:
    from edgeattn.sources.zoo import load_from_zoo

    return load_from_zoo(spec)


def _refuse(spec: str) -> LoadedModel:
    raise BadUsage(
        f"{spec} cannot be read directly yet; export it to ONNX with static shapes and hand in "
        "that file, or write a factory that returns the PyTorch module"
    )


def _suffix(*suffixes: str) -> Callable[[str], bool]:
    return lambda spec: spec.lower().endswith(suffixes)


def _prefix(*prefixes: str) -> Callable[[str], bool]:
    return lambda spec: spec.startswith(prefixes)


SOURCES: tuple[Source, ...] = (
    Source("elsewhere", _prefix("timm:", "hf:"), _refuse),
    Source("elsewhere", _suffix(".tflite", ".keras", ".h5", ".safetensors"), _refuse),
    Source("onnx", _suffix(".onnx"), _load_onnx),
    Source("exported", _suffix(".pt2"), _load_exported),
    Source("checkpoint", _suffix(".pt", ".pth", ".ckpt"), _load_checkpoint),
    Source("module", lambda spec: ":" in spec or spec.endswith(".py"), _load_factory),
    Source("zoo", lambda spec: True, _load_zoo),
)
