"""A trained candidate -> its bundle, by the path of `edgeattn convert`, and what it gets right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from edgeattn.audit.comparison import Correct
from edgeattn.audit.material import Material
from edgeattn.report.page import write_page
from edgeattn_converters.bundle_writer import staged
from edgeattn_converters.convert import Converted
from edgeattn_converters.convert import convert as convert_order
from edgeattn_converters.order import Order
from edgeattn_converters.recipe import RECIPES
from edgeattn_converters.verify import Measured
from edgeattn_runtime.accuracy import evaluate, top1
from edgeattn_runtime.errors import CannotConvert
from edgeattn_runtime.session import open_session

Progress = Callable[[str, float], None]
Convert = Callable[[Order, Path, Progress | None], Converted]


@dataclass(frozen=True)
class Exported:
    """What became of a candidate as a file.

    Attributes:
        int8: What its int8 file measures, as report.json says it, or None.
        reason: Why there is no int8 file; None where there is one.
        correct: bool [N], which test samples the int8 file gets right, else the float model.
        float_correct: bool [N], which the float model gets right.
    """

    int8: dict[str, Any] | None
    reason: str | None
    correct: Correct
    float_correct: Correct


def export(
    model: nn.Module,
    material: Material,
    *,
    name: str,
    out: Path,
    formats: tuple[str, ...],
    progress: Progress | None = None,
    convert: Convert = convert_order,
) -> Exported:
    """Write a bundle to `out` and judge its int8 file on the test samples.

    Where a format has no counterpart for one of the operators, the other one is tried alone.

    Args:
        model: In eval mode.
        material: Calibrates with training samples, judges with the test set.
        name: For files and reports.
        out: The bundle; replaced when it is there.
        formats: "onnx", "tflite".
        progress: Told what is being done.
        convert: The conversion, for tests.
    """
    fault = CannotConvert("no format was asked for")
    for chosen in dict.fromkeys((formats, *((format,) for format in formats))):
        order = _order(model, material, name, chosen)
        try:
            with staged(out, force=True) as folder:
                converted = convert(order, folder, progress)
                report = converted.report.to_json()
                write_page(
                    folder / "report.html", report, converted, labels=converted.evidence.labels
                )
        except CannotConvert as error:
            fault = error
            continue
        return _judged(converted, order)
    right = _float_correct(model, material)
    return Exported(None, str(fault), right, right)


def _order(model: nn.Module, material: Material, name: str, formats: tuple[str, ...]) -> Order:
    calibration = material.calibration()
    return Order(
        module=model.eval(),
        example_inputs=material.example,
        name=name,
        calibration=calibration,
        calibration_hashes=material.splits.train.take(
            len(next(iter(calibration.values())))
        ).hashes(),
        evaluation=material.arrays(material.test),
        labels_of=material.test.y.numpy(),
        formats=formats,
        recipe=RECIPES["int8"],
        labels=material.splits.train.labels,
    )


def _judged(converted: Converted, order: Order) -> Exported:
    evidence = converted.evidence
    float_correct = np.asarray(top1(evidence.logits) == evidence.y)
    integers = [one for one in converted.decided.shipped if one.draft.precision != "fp32"]
    if not integers:
        why = "nothing in this model runs in int8 with the usual recipe"
        return Exported(None, why, float_correct, float_correct)
    lines = {one.file: one for one in converted.report.candidates if one.file is not None}
    chosen = min(integers, key=lambda one: (lines[one.draft.file].note is not None, _median(one)))
    facts = lines[chosen.draft.file]
    with_file = {key: value for key, value in facts.to_json().items() if key in KEPT}
    session = open_session(chosen.draft.content, threads=order.threads)
    correct = evaluate(session, evidence.x, evidence.y).correct
    assert correct is not None  # the evidence has labels
    return Exported(with_file, None, correct, float_correct)


KEPT = (
    *("engine", "file", "recipe", "bytes", "int8_mac_share", "latency_ms", "speedup_vs_fp32"),
    *("speedup_interval", "accuracy_drop_pp", "accuracy_interval_pp", "top1_agreement", "sqnr_db"),
    *("peak_rss_mb", "note"),
)
"""What audit.json repeats of the bundle's report.json."""


def _median(one: Measured) -> float:
    return float("inf") if one.facts.latency_ms is None else one.facts.latency_ms.p50


def _float_correct(model: nn.Module, material: Material) -> Correct:
    import torch

    samples, right = material.test, []
    with torch.no_grad():
        for start in range(0, len(samples), 128):
            batch = samples.rows(slice(start, start + 128))
            right.append(model(*batch.x).argmax(1) == batch.y)
    return torch.cat(right).numpy()
