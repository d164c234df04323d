"""The samples of a pruning: some to score with, all to fine-tune with, others to judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from edgeattn.data.data import Data
from edgeattn.data.load import load_data
from edgeattn.data.named import is_named
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
        example: One sample, batch first.
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
    if is_named(spec):
        splits = load_splits(spec, image_size=size)
    else:
        data = load_data(spec, image_size=size, split="train")
        if data.y is None:
            return _unlabelled(data, subject, choices)
        splits = hold_back(spec, data)
    example = subject.example(splits.train)
    judged = splits.test or splits.validation

    def tensors(part: Data) -> Samples:
        return model_samples(part, subject.module, tuple(example[0].shape))

    chosen = splits.train.take(SCORING, seed=choices.seed)
    samples = tensors(chosen)
    _check_runs(subject, samples.x, chosen.source)
    return Material(
        example,
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
    x = tuple(torch.from_numpy(array).float() for array in chosen.x.values())
    _check_runs(subject, x, data.source)
    batches = zip(*(torch.split(part, BATCH) for part in x), strict=True)
    scoring = tuple((tuple(batch), None) for batch in batches)
    return Material(subject.example(data), scoring, None, None, None, chosen)


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
