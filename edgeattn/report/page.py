"""Write report.html for a conversion: the report, and photos with what the files say of them."""

from __future__ import annotations

import base64
import importlib.util
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeattn.report.card import render_html
from edgeattn_runtime.accuracy import evaluate
from edgeattn_runtime.errors import BadEnvironment
from edgeattn_runtime.session import open_session

if TYPE_CHECKING:
    from edgeattn_converters.convert import Converted
    from edgeattn_converters.evidence import Array

PHOTOS = 8
PHOTO_SIDE = 128


def write_page(
    path: Path,
    report: Mapping[str, Any],
    converted: Converted,
    *,
    labels: tuple[str, ...] | None,
) -> None:
    """Render the card of a conversion with sample photos and calibration facts."""
    facts = dict(report.get("data") or {})
    assets = {
        "samples": sample_photos(converted, labels),
        "calibration": {
            "method": converted.ranges.method,
            "samples": len(converted.ranges.samples),
            "tensors_observed": len(converted.ranges.bounds),
            "from": facts.get("calibration"),
            "judged_on": facts.get("evaluation"),
            "samples_judged": facts.get("evaluation_samples"),
        },
    }
    path.write_text(render_html(report, assets=assets), encoding="utf-8")


def check_can_draw() -> None:
    """Refuse a machine without Jinja2 before minutes of measuring, not after them."""
    if importlib.util.find_spec("jinja2") is None:
        raise BadEnvironment(
            "report.html needs Jinja2, which is not installed; "
            "`python -m pip install 'edgeattn[report]'` adds it"
        )


def sample_photos(converted: Converted, labels: tuple[str, ...] | None) -> list[dict[str, Any]]:
    """Return some evaluation photos with label and predictions; none for other inputs.

    They run from the one the float model is least certain of to the most certain one.
    """
    evidence = converted.evidence
    images = next(iter(evidence.x.values()))
    integers = [one for one in converted.decided.shipped if one.draft.precision != "fp32"]
    if len(evidence.x) != 1 or images.ndim != 4 or images.shape[1] != 3 or not integers:
        return []
    if not evidence.has_classes or images.dtype != np.float32:
        return []
    winner = converted.decided.verdict.winner
    chosen = next((one for one in integers if one.draft.file == winner), integers[0])
    scores = evidence.logits.reshape(len(images), -1, evidence.logits.shape[-1]).mean(axis=1)
    rows = _spread(scores, PHOTOS)
    found = evaluate(open_session(chosen.draft.content), evidence.rows(np.array(rows))).logits
    found = found.reshape(len(rows), -1, found.shape[-1]).mean(axis=1)
    return [
        {
            "image_png_base64": _png(images[row]),
            "label": None if evidence.y is None else _name(int(evidence.y[row]), labels),
            "float_prediction": _name(int(scores[row].argmax()), labels),
            "float_confidence": _confidence(scores[row]),
            "int8_prediction": _name(int(integer.argmax()), labels),
            "int8_confidence": _confidence(integer),
        }
        for row, integer in zip(rows, found, strict=True)
    ]


def _spread(logits: Array, count: int) -> list[int]:
    """Return rows from the least to the most certain, so that hard photos show too."""
    top = np.sort(logits, axis=1)
    order = np.argsort(top[:, -1] - top[:, -2])
    places = np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int)
    return [int(order[place]) for place in places]


def _confidence(logits: Array) -> float:
    shifted = np.exp(logits.astype(np.float64) - logits.max())
    return float((shifted / shifted.sum()).max())


def _name(number: int, labels: tuple[str, ...] | None) -> str:
    return labels[number] if labels is not None and number < len(labels) else str(number)


def _png(image: Array) -> str:
    """Return a photo [3, H, W] as a small PNG; other ranges than [0, 1] are stretched to it."""
    from PIL import Image

    low, high = float(image.min()), float(image.max())
    if low < 0 or high > 1:
        image = (image - low) / max(high - low, 1e-6)
    pixels = np.rint(image.transpose(1, 2, 0) * 255).clip(0, 255).astype(np.uint8)
    photo = Image.fromarray(pixels)
    photo.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    stream = io.BytesIO()
    photo.save(stream, format="PNG", optimize=True)
    return base64.b64encode(stream.getvalue()).decode("ascii")
