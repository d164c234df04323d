"""A model from the user's own code: `file.py:factory` or `package.module:factory`.

The factory takes no arguments and returns an `nn.Module`, or `(module, example_inputs)`. The
module may carry `.labels` (class names) and `.preprocessing` (steps as in the manifest).
"""

from __future__ import annotations

import difflib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from edgeattn.sources.import_code import told_by, user_code
from edgeattn.sources.loaded import LoadedModel
from edgeattn_runtime.errors import BadUsage, BrokenModel


def load_factory(spec: str) -> LoadedModel:
    """Import the code that `spec` names, call the factory, and check what comes back."""
    place, _, name = spec.rpartition(":")
    if not place or not name or spec.endswith(".py"):
        where = spec.rstrip(":") or "file.py"
        raise BadUsage(f"{spec} names no factory; write {where}:FACTORY, for example {where}:build")
    with user_code(place) as code:
        made = _call(_find(code, name, place), spec)
        module, examples = _unpack(made, spec)
        module.eval()
        names = _input_names(module, examples, spec)
        if examples is not None:
            _try(module, examples, spec)
    title = Path(place).stem if place.endswith(".py") else place.rpartition(".")[2]
    return LoadedModel(
        module,
        name=title,
        kind="module",
        example_inputs=examples,
        input_names=names,
        labels=_labels(module, spec),
        preprocessing=_preprocessing(module, spec),
    )


def _find(code: ModuleType, name: str, place: str) -> Any:
    if hasattr(code, name):
        return getattr(code, name)
    own = [
        key
        for key, value in vars(code).items()
        if callable(value) and getattr(value, "__module__", None) == code.__name__
    ]
    near = difflib.get_close_matches(name, own, n=3) or sorted(own)[:5]
    hint = f"it has {', '.join(near)}" if near else "it defines no function or class"
    raise BadUsage(f"{place} has no {name}; {hint}")


def _call(factory: Any, spec: str) -> Any:
    if isinstance(factory, nn.Module):
        return factory
    if not callable(factory):
        raise BrokenModel(
            f"{spec} is a {type(factory).__name__}, no factory; name a function without arguments "
            "that returns an nn.Module"
        )
    needed = _required(factory)
    if needed:
        raise BrokenModel(
            f"{spec} needs {', '.join(needed)}; a factory takes no arguments, so give each a "
            "default or wrap it in a function that does"
        )
    try:
        return factory()
    except (Exception, SystemExit) as error:
        raise BrokenModel(f"{spec} raised {told_by(error)}") from error


def _required(function: Any) -> list[str]:
    """Return the names of parameters without a default."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # builtins without a signature
        return []
    stars = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind not in stars]


def _unpack(made: Any, spec: str) -> tuple[nn.Module, tuple[torch.Tensor, ...] | None]:
    examples: Any = None
    module = made
    if isinstance(made, tuple) and len(made) == 2:
        module, examples = made
    if isinstance(module, type):
        raise BrokenModel(f"{spec} returned the class {module.__name__}; return an instance of it")
    if not isinstance(module, nn.Module):
        raise BrokenModel(
            f"{spec} returned {_described(made)}; return an nn.Module or (module, example_inputs)"
        )
    if type(module).forward is nn.Module.forward:
        raise BrokenModel(
            f"{spec}: {type(module).__name__} has no forward; define what it computes"
        )
    if examples is None:
        return module, None
    if isinstance(examples, torch.Tensor):
        examples = (examples,)
    if (
        not isinstance(examples, (tuple, list))
        or not examples
        or not all(isinstance(example, torch.Tensor) for example in examples)
    ):
        raise BrokenModel(
            f"{spec} returned {_described(examples)} as example inputs; return a tuple of tensors, "
            "one per input, batch first"
        )
    return module, tuple(example.detach() for example in examples)


def _described(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        inside = ", ".join(type(item).__name__ for item in value[:4])
        return f"a {type(value).__name__} of {len(value)} ({inside})"
    if value is None:
        return "nothing (None)"
    name = type(value).__name__
    return f"an {name}" if name[0] in "aeiouAEIOU" else f"a {name}"


def _input_names(
    module: nn.Module, examples: tuple[torch.Tensor, ...] | None, spec: str
) -> tuple[str, ...]:
    parameters = inspect.signature(module.forward).parameters.values()
    if examples is None:
        return tuple(_required(module.forward))
    stars = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters)
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = [p.name for p in parameters if p.kind in kinds]
    if stars:
        named += [f"input_{index}" for index in range(len(named), len(examples))]
    if len(named) < len(examples):
        raise BrokenModel(
            f"{spec} returned {len(examples)} example inputs, but forward takes "
            f"{len(named)} ({', '.join(named)}); return one per input"
        )
    return tuple(named[: len(examples)])


def _try(module: nn.Module, examples: tuple[torch.Tensor, ...], spec: str) -> None:
    try:
        with torch.no_grad():
            module(*examples)
    except Exception as error:
        shapes = ", ".join(str(list(example.shape)) for example in examples)
        raise BrokenModel(
            f"{spec}: forward does not take its own example inputs {shapes}: {told_by(error)}"
        ) from error


def _labels(module: nn.Module, spec: str) -> tuple[str, ...] | None:
    labels = getattr(module, "labels", None)
    if labels is None:
        return None
    if not isinstance(labels, (list, tuple)) or not all(isinstance(name, str) for name in labels):
        raise BrokenModel(f"{spec}: .labels is {_described(labels)}; make it a tuple of texts")
    return tuple(labels)


def _preprocessing(module: nn.Module, spec: str) -> tuple[dict[str, Any], ...]:
    steps = getattr(module, "preprocessing", ())
    if not isinstance(steps, (list, tuple)) or not all(isinstance(step, dict) for step in steps):
        raise BrokenModel(f"{spec}: .preprocessing is {_described(steps)}; make it a list of dicts")
    return tuple(steps)
