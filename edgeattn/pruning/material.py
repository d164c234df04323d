"""The samples of a pruning: some to score with, all to fine-tune with, others to judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from edgeattn.data.data import Data
from edgeattn.data.load import load_data
from edgeattn.data.named import is_named
from edgeattn.data.recordings import clip_of
from edgeattn.pruning.choices import Choices
from edgeattn.pruning.subject import Subject
from edgeattn.training.samples import Samples, model_samples
from edgeattn.training.splits import hold_back, load_splits
from edgeattn_runtime.errors import BadData

SCORING = 256  # samples; Molchanov et al. rank ResNet-50 alike from a few hundred on
BATCH = 16


@dataclass(frozen=True, eq=False)
class Material:
    """Samples as tensors.

    Attributes:
        example: One of the samples, batch first.
        scoring: Batches to score with; labels are None where the data have none.
        train: All that may be learnt from; None without labels.
        judged: What accuracy is counted on, not learnt from; None without labels.
        split: Its name: "test", or "validation" where nobody kept a test set back.
        calibration: Arrays by input name, a few.
    """

    example: tuple[Tensor, ...]
    scoring: tuple[tuple[tuple[Tensor, ...], Tensor | None], ...]
    train: Samples | None
    judged: Samples | None
    split: str | None
    calibration: Data


def load_material(spec: str, subject: Subject, choices: Choices) -> Material:
    """Return the samples that `spec` names, as the model takes them."""
    given = subject.loaded.example_inputs
    shape = () if given is None else tuple(given[0].shape)
    size = (shape[2], shape[3]) if len(shape) == 4 else None
    clip = clip_of(shape, subject.loaded.preprocessing)
    if is_named(spec):
        splits = load_splits(spec, image_size=size)
    else:
        data = load_data(spec, image_size=size, clip=clip, split="train")
        if data.y is None:
            return _unlabelled(data, subject, choices)
        splits = hold_back(spec, data)
    shape = shape or tuple(subject.example(splits.train)[0].shape)
    judged = splits.test or splits.validation

    def tensors(part: Data) -> Samples:
        return model_samples(part, subject.module, shape)

    chosen = splits.train.take(SCORING, seed=choices.seed)
    samples = tensors(chosen)
    _check_runs(subject, samples.x, chosen.source)
    return Material(
        tuple(part[:1] for part in samples.x),
        tuple((batch.x, batch.y) for batch in _batches(samples)),
        tensors(splits.train),
        tensors(judged),
        "test" if splits.test else "validation",
        chosen,
    )


def _unlabelled(data: Data, subject: Subject, choices: Choices) -> Material:
    if choices.score == "taylor" or choices.finetune_epochs:
        wants = "--score taylor" if choices.score == "taylor" else "--finetune-epochs"
        raise BadData(
            f"{data.source} has no labels, and {wants} asks for the loss; add one label per sample "
            "(`y`), or prune by --score magnitude without fine-tuning"
        )
    chosen = data.take(SCORING, seed=choices.seed)
    x = _inputs(chosen, subject)
    _check_runs(subject, x, data.source)
    batches = zip(*(torch.split(part, BATCH) for part in x), strict=True)
    scoring = tuple((tuple(batch), None) for batch in batches)
    return Material(tuple(part[:1] for part in x), scoring, None, None, None, chosen)


def _inputs(data: Data, subject: Subject) -> tuple[Tensor, ...]:
    """Return the arrays in the order of `forward`, floats as float32."""
    names = subject.loaded.input_names if len(data.x) > 1 else tuple(data.x)
    missing = set(data.x) ^ set(names)
    if missing:
        raise BadData(
            f"{data.source} holds {', '.join(data.x)}, and {subject.loaded.name} takes "
            f"{', '.join(names)}; name the arrays after the parameters of forward"
        )
    tensors = (torch.from_numpy(data.x[name]) for name in names)
    return tuple(part.float() if part.is_floating_point() else part for part in tensors)


def _batches(samples: Samples) -> Iterator[Samples]:
    for start in range(0, len(samples), BATCH):
        yield samples.rows(slice(start, start + BATCH))


@torch.no_grad()
def _check_runs(subject: Subject, x: tuple[Tensor, ...], source: str) -> None:
    first = tuple(part[:1] for part in x)
    try:
        subject.module(*first)
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        shapes = ", ".join(str(list(part.shape[1:])) for part in first)
        raise BadData(
            f"{source} has samples of shape {shapes}, which {subject.loaded.name} does not take "
            f"({str(error).splitlines()[0]}); give data of the model's own kind"
        ) from error
