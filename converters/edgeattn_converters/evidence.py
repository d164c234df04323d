"""What candidates are judged on: real samples, and what the float model says about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from edgeattn_converters.calibrate import Sample
from edgeattn_converters.program import Program
from edgeattn_runtime.errors import BadData, CannotConvert

Array = NDArray[Any]
GOLDEN = 16
"""How many samples become golden vectors: enough to catch a wrong kernel, small enough to ship."""


@dataclass(frozen=True)
class Evidence:
    """Samples and the float model's answers.

    Attributes:
        x: By input name, [N, ...], ready to be fed.
        y: Class numbers [N], or None.
        outputs: By output name, [N, ...]: the source model's, in PyTorch.
        labels: The name of every class, or None.
    """

    x: Mapping[str, Array]
    y: Array | None
    outputs: Mapping[str, Array]
    labels: tuple[str, ...] | None = None

    @property
    def logits(self) -> Array:
        """The first output, which carries the task."""
        return next(iter(self.outputs.values()))

    @property
    def has_classes(self) -> bool:
        """Tell whether the first output can be read as scores of classes: [N, ..., >= 2]."""
        return self.logits.ndim >= 2 and self.logits.shape[-1] >= 2

    def golden_rows(self) -> Array:
        """Return the rows that become golden vectors, spread over the set."""
        count = min(GOLDEN, len(self.logits))
        return np.unique(np.linspace(0, len(self.logits) - 1, count).round().astype(int))

    def rows(self, chosen: Array) -> dict[str, Array]:
        """Return some samples."""
        return {name: values[chosen] for name, values in self.x.items()}


def gather_evidence(
    program: Program,
    x: Mapping[str, Array],
    y: Array | None,
    labels: tuple[str, ...] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Evidence:
    """Run the source model on every sample.

    Args:
        program: The source model.
        x: By input name, [N, ...].
        y: Class numbers [N], or None; a model without classes has no use for them.
        labels: Class names, or None.
        progress: Called with the share done.

    Raises:
        BadData: A sample does not fit, a label is out of range, or an output is not finite.
    """
    outputs = simulate(program, x, progress)
    evidence = Evidence(x, y, outputs)
    if not evidence.has_classes:
        evidence = replace(evidence, y=None)
    for name, values in outputs.items():
        if not np.isfinite(values).all():
            bad = int((~np.isfinite(values.reshape(len(values), -1)).all(1)).sum())
            raise BadData(
                f"the float model's {name} is not finite for {bad} of {len(values)} samples; "
                "nothing can be compared with it: repair the model first"
            )
    if not evidence.has_classes:
        return evidence
    y, labels = _numbered(program.name, evidence.logits.shape[-1], y, labels)
    return replace(evidence, y=y, labels=labels)


def _numbered(
    model: str, classes: int, y: Array | None, labels: tuple[str, ...] | None
) -> tuple[Array | None, tuple[str, ...] | None]:
    """Return labels by the model's numbering, and the class names where there is one per class.

    With fewer names than classes, names that are numbers say which classes they are; others are
    taken in their order, as a folder of class folders is read everywhere.
    """
    if labels is not None and y is not None and len(labels) > classes:
        raise BadData(
            f"there are {len(labels)} class names ({', '.join(labels[:3])}, ...), but {model} has "
            f"{classes} classes; which is which cannot be known: give the module .labels, one name "
            "per output, and name the class folders so"
        )
    if labels is not None and len(labels) < classes:
        if y is not None and all(name.isdecimal() for name in labels):
            y = np.array([int(name) for name in labels], np.int64)[y]
        labels = None
    if y is not None and int(y.max()) >= classes:
        raise BadData(
            f"label {int(y.max())} is out of range: {model} has {classes} classes, numbered from 0"
        )
    return y, labels


def simulate(
    program: Program, x: Mapping[str, Array], progress: Callable[[float], None] | None = None
) -> dict[str, Array]:
    """Run a Program in PyTorch on every sample; by output name, [N, ...]."""
    total, batch = len(next(iter(x.values()))), batch_of(program)
    rows: list[tuple[torch.Tensor, ...]] = []
    for done, sample in enumerate(samples_of(program, x), start=1):
        rows.append(program(*sample))
        if progress is not None:
            progress(min(1.0, done * batch / total))
    columns = zip(*rows, strict=True)
    return {
        port.name: torch.cat(list(column)).numpy()[:total]
        for port, column in zip(program.outputs, columns, strict=True)
    }


def samples_of(program: Program, x: Mapping[str, Array]) -> Iterator[Sample]:
    """Yield batches of the Program's own size; the last one repeats its last sample.

    Raises:
        BadData: A missing or surplus array, or one of another shape or type.
    """
    check_fit(program, x)
    total = len(next(iter(x.values())))
    batch = batch_of(program)
    for start in range(0, total, batch):
        rows = np.minimum(np.arange(start, start + batch), total - 1)
        yield tuple(
            torch.from_numpy(np.ascontiguousarray(x[port.name][rows])) for port in program.inputs
        )


def batch_of(program: Program) -> int:
    """Return how many samples one run takes: the first axis of every input and output.

    Raises:
        CannotConvert: They do not agree, so that samples cannot be told apart.
    """
    sizes = {port.shape[0] if port.shape else 0 for port in (*program.inputs, *program.outputs)}
    if len(sizes) != 1 or 0 in sizes:
        ports = ", ".join(map(str, (*program.inputs, *program.outputs)))
        raise CannotConvert(
            f"{program.name} has inputs and outputs of different first axes ({ports}); each needs "
            "the batch first, of one size"
        )
    return sizes.pop()


def by_port(program: Program, x: Mapping[str, Array]) -> dict[str, Array]:
    """Return the samples by the Program's input names and in its types.

    A single array serves a single input whatever its name. float64 becomes float32 and whole
    numbers change their width; nothing else is changed.
    """
    if len(x) == 1 and len(program.inputs) == 1:
        x = {program.inputs[0].name: next(iter(x.values()))}
    check_names(program, x)
    fitting = {}
    for port in program.inputs:
        array, wanted = x[port.name], np.dtype(port.dtype)
        same_kind = array.dtype.kind == wanted.kind or {array.dtype.kind, wanted.kind} <= set("iu")
        fitting[port.name] = array.astype(wanted, copy=False) if same_kind else array
    return fitting


def check_names(program: Program, x: Mapping[str, Array]) -> None:
    """Refuse missing and surplus arrays."""
    names = [port.name for port in program.inputs]
    if set(x) != set(names):
        raise BadData(
            f"the samples hold {', '.join(sorted(x))}, {program.name} takes {', '.join(names)}; "
            "name the arrays of the .npz after the inputs"
        )


def check_fit(program: Program, x: Mapping[str, Array]) -> None:
    """Refuse samples that are not what the Program takes, saying which and how."""
    check_names(program, x)
    for port in program.inputs:
        found = x[port.name]
        if found.shape[1:] != port.shape[1:] or str(found.dtype) != port.dtype:
            raise BadData(
                f"samples of {port.name} are {found.dtype} {list(found.shape[1:])}, "
                f"{program.name} takes {port.dtype} {list(port.shape[1:])}; "
                "prepare them as for training"
            )
