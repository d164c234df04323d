"""What is to be pruned: a model of the zoo, a checkpoint, or a user's own module."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from edgeattn.data.data import Data
from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from edgeattn.models.pruned import ARGUMENT, build, record_of
from edgeattn.sources import LoadedModel, load_model
from edgeattn.sources.example import first_sample
from edgeattn_runtime.errors import BadUsage

SUFFIXES = (".pt", ".pth", ".ckpt")


@dataclass(frozen=True, eq=False)
class Subject:
    """A model and what is needed to write it again.

    Attributes:
        loaded: The model, as any source gives it.
        checkpoint: Its file's content; None for a user's own module.
    """

    loaded: LoadedModel
    checkpoint: Checkpoint | None

    @property
    def module(self) -> nn.Module:
        """The model, in eval mode; nothing here changes it."""
        return self.loaded.module

    def example(self, data: Data) -> tuple[Tensor, ...]:
        """Return one sample, batch first: the source's own, or the first of the data."""
        return self.loaded.example_inputs or first_sample(self.loaded, data)


def load_subject(spec: str) -> Subject:
    """Return the model that `spec` names; BadUsage for a kind whose layers cannot be narrowed."""
    loaded = load_model(spec)
    if loaded.kind in ("zoo", "checkpoint"):
        path = ZOO[spec].checkpoint_path() if loaded.kind == "zoo" else Path(spec).expanduser()
        return Subject(loaded, load_checkpoint(path))
    if loaded.kind != "module":
        raise BadUsage(
            f"{spec} is a graph whose shapes are fixed; prune the PyTorch model it was exported "
            "from: a checkpoint, or file.py:FACTORY"
        )
    return Subject(loaded, None)


def check_out(subject: Subject, out: Path, *, force: bool) -> None:
    """Refuse a file that exists, and a suffix that does not fit what will be written."""
    wanted = SUFFIXES if subject.checkpoint is not None else (".pt2",)
    if out.suffix.lower() not in wanted:
        why = "" if subject.checkpoint is not None else " (your own module is written as its graph)"
        raise BadUsage(f"--out is {out.name}; give a name that ends in {wanted[0]}{why}")
    if out.is_dir() or (out.exists() and not force):
        raise BadUsage(f"{out} exists; give another --out, or --force to replace the file")


def write_pruned(
    subject: Subject, small: nn.Module, example: tuple[Tensor, ...], out: Path
) -> None:
    """Write the smaller model beside its place, then rename: a checkpoint, or a `.pt2` graph."""
    checkpoint = subject.checkpoint
    if checkpoint is None:
        out.parent.mkdir(parents=True, exist_ok=True)
        # torch.export.save wants the suffix
        unfinished = out.with_name(f".{out.stem}.{os.getpid()}.part.pt2")
        try:
            torch.export.save(torch.export.export(small, example), unfinished)
            unfinished.replace(out)
        finally:
            unfinished.unlink(missing_ok=True)
        return
    built = {name: value for name, value in checkpoint.arguments.items() if name != ARGUMENT}
    record = record_of(small, build(ZOO[checkpoint.model].build, built))
    save_checkpoint(
        Checkpoint(
            module=small,
            model=checkpoint.model,
            arguments={**built, ARGUMENT: record},
            preprocessing=checkpoint.preprocessing,
            labels=checkpoint.labels,
            dataset=checkpoint.dataset,
        ),
        out,
    )
