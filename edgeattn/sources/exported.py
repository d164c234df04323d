"""A model from `torch.export.save`: a `.pt2` file."""

from __future__ import annotations

import json
import logging
import pickle
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import fx

from edgeattn.sources.file import checked_file
from edgeattn.sources.loaded import LoadedModel
from edgeattn_runtime.errors import BrokenModel

UNPACKED_LIMIT = 8 * 2**30  # bytes


def load_exported(path: Path) -> LoadedModel:
    """Return the model in a `.pt2`; files whose weights are pickled objects are refused."""
    _check_archive(checked_file(path))
    try:
        with _torch_kept_quiet():
            program = torch.export.load(path)
            module = program.module(check_guards=False)
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise BrokenModel(
            f"{path.name} cannot be loaded by PyTorch {torch.__version__} ({reason}); export the "
            "model again with this version"
        ) from error
    _refuse_training(module, path.name)
    # The graph is fixed, so the flag means nothing any more; PyTorch leaves it on True and puts
    # in an eval() that raises.
    for part in module.modules():
        part.training = False
        part.__dict__.pop("train", None)
        part.__dict__.pop("eval", None)
    inputs = [node for node in module.graph.nodes if node.op == "placeholder"]
    return LoadedModel(
        module,
        name=path.stem,
        kind="exported",
        example_inputs=_examples(program, inputs, path.name),
        input_names=tuple(str(node.target) for node in inputs),
    )


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
            if unpacked > UNPACKED_LIMIT:
                raise BrokenModel(
                    f"{path.name} unpacks to {unpacked / 2**30:.1f} GiB, more than "
                    f"{UNPACKED_LIMIT / 2**30:.0f}; such a model fits no edge device"
                )
            broken = archive.testzip()
            if broken:
                raise BrokenModel(f"{path.name}: {broken} is damaged; copy the file again")
            names = archive.namelist()
            if not any(name.endswith("models/model.json") for name in names):
                raise BrokenModel(
                    f"{path.name} holds no exported program; write it with "
                    "torch.export.save(torch.export.export(model, inputs), path)"
                )
            for name in names:
                if name.endswith("_config.json"):
                    _refuse_pickles(json.loads(archive.read(name)), path.name)
                if name.endswith("sample_inputs/model.pt"):
                    _refuse_code(archive, name, path.name)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise BrokenModel(
            f"{path.name} is no complete .pt2 file ({error}); copy or export it again"
        ) from error
    except (RuntimeError, KeyError, AttributeError, TypeError) as error:
        raise BrokenModel(f"{path.name} cannot be read safely ({type(error).__name__})") from error


def _refuse_code(archive: zipfile.ZipFile, member: str, name: str) -> None:
    """Refuse example inputs that only running code could read; PyTorch would run it."""
    try:
        with archive.open(member) as examples:
            torch.load(examples, weights_only=True)
    except pickle.UnpicklingError as error:
        raise BrokenModel(
            f"{name}: its example inputs are no plain tensors, and code is never run; export the "
            "model with tensors as inputs"
        ) from error


def _refuse_pickles(config: Any, name: str) -> None:
    """Refuse weights that only unpickling could read: that would run code from the file."""
    entries = config.get("config", {}) if isinstance(config, dict) else {}
    for weight, entry in entries.items():
        if entry.get("use_pickle") or str(entry.get("path_name")).startswith(
            ("custom_obj", "opaque_obj")
        ):
            raise BrokenModel(
                f"{name}: {weight} is stored as a pickled object, which is never loaded; export "
                "the model with plain tensors"
            )


def _refuse_training(module: fx.GraphModule, name: str) -> None:
    for node in module.graph.nodes:
        overload = str(node.target)
        if overload == "aten.dropout.default" and node.args[1] and node.args[2]:
            raise BrokenModel(
                f"{name}: {node.name} is a dropout in training mode; call .eval() before exporting"
            )
        if overload == "aten.batch_norm.default" and node.args[5]:
            raise BrokenModel(
                f"{name}: {node.name} is a batch norm in training mode; call .eval() before "
                "exporting"
            )


def _examples(
    program: torch.export.ExportedProgram, inputs: list[fx.Node], name: str
) -> tuple[torch.Tensor, ...]:
    """Return the inputs stored with the program, else ones that fit its placeholders."""
    stored = program.example_inputs
    if stored is not None:
        flat = [*stored[0], *stored[1].values()]
        if len(flat) == len(inputs) and all(isinstance(item, torch.Tensor) for item in flat):
            return tuple(flat)
    examples = []
    for node in inputs:
        value = node.meta.get("val")
        if not isinstance(value, torch.Tensor) or not all(isinstance(n, int) for n in value.shape):
            raise BrokenModel(
                f"{name}: input {node.name} is no tensor of static shape; export it again with "
                "tensors as inputs and without dynamic_shapes"
            )
        examples.append(torch.zeros(tuple(value.shape), dtype=value.dtype))
    return tuple(examples)


@contextmanager
def _torch_kept_quiet() -> Iterator[None]:
    """Silence what PyTorch 2.13 says beside the error that it raises anyway."""
    log = logging.getLogger("torch.export")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            # torch's own tree code trips over torch's own deprecation when copied.
            warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)`", FutureWarning)
            yield
    finally:
        log.setLevel(level)
