"""Which samples calibrate and which judge: never the same ones unless nothing else is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgeattn.data.data import Array, Data
from edgeattn.data.load import load_data
from edgeattn.data.noise import random_data
from edgeattn.data.recordings import Clip
from edgeattn_runtime.errors import BadData, BadUsage
from edgeattn_runtime.port import Port

FEWEST = 8
"""Fewer samples than this say nothing about a range or an accuracy."""


@dataclass(frozen=True)
class Chosen:
    """Calibration and evaluation samples.

    Attributes:
        calibration: Real samples, or noise when the user allowed it.
        evaluation: Samples that calibration has not seen.
        random: Whether both are noise.
    """

    calibration: Data
    evaluation: Data
    random: bool = False

    def facts(self) -> dict[str, Any]:
        """Return where the samples come from and how many there are, for report.json."""
        return {
            "calibration": self.calibration.source,
            "calibration_samples": len(self.calibration),
            "evaluation": self.evaluation.source,
            "evaluation_samples": len(self.evaluation),
            "labelled": self.evaluation.y is not None,
            "random": self.random,
        }


def choose_data(
    *,
    calib: str | None,
    evaluation: str | None,
    dataset: str | None,
    samples: int,
    allow_random: bool,
    inputs: Sequence[Port] | None,
    clip: Clip | None = None,
) -> Chosen:
    """Return the samples of a conversion.

    Args:
        calib: What was typed after --calib, or None.
        evaluation: What was typed after --eval, or None. One undivided set for both is divided.
        dataset: The data set the model was trained on; serves where nothing was typed.
        samples: Calibrate with at most so many.
        allow_random: Accept noise where no data was named.
        inputs: What the model takes, where its source says so.
        clip: What it hears at once, where it takes recordings.

    Raises:
        BadUsage: No data, and noise was not allowed; or fewer than 8 samples are wanted.
        BadData: Fewer than 8 samples on either side.
    """
    if samples < FEWEST:
        raise BadUsage(f"--samples is {samples}; calibration needs at least {FEWEST}, better 100")
    if evaluation is not None and calib is None and dataset is None:
        calib = evaluation  # divided below
    calib, judged = calib or dataset, evaluation or dataset
    if calib is None:
        if not allow_random:
            raise BadUsage(
                "calibration needs real data: name it with --calib (a folder of class folders, an "
                ".npz, or a data set), or add --allow-random and get no accuracy"
            )
        if inputs is None:
            raise BadUsage(
                "--allow-random needs to know the input's shape; let the factory return "
                "(module, example_inputs)"
            )
        noise = random_data(inputs, 2 * max(FEWEST, min(samples, 32)))
        half = len(noise) // 2
        return Chosen(_rows(noise, 0, half), _rows(noise, half, len(noise)), random=True)
    size, judged = image_size(inputs), judged or calib
    learnt = load_data(calib, image_size=size, clip=clip, split="train", samples=samples)
    unseen = load_data(judged, image_size=size, clip=clip, split="test")
    # One folder or archive without splits: the same samples came back twice.
    if judged == calib and not set(learnt.hashes()).isdisjoint(unseen.hashes()):
        return _divided(unseen, samples, FEWEST)
    _enough(learnt, "calibration")
    _enough(unseen, "evaluation")
    return Chosen(learnt, unseen)


def image_size(inputs: Sequence[Port] | None) -> tuple[int, int] | None:
    """Return height and width of the first image input, [N, 3, H, W]; None when there is none."""
    for port in inputs or ():
        if len(port.shape) == 4 and port.shape[1] == 3:
            return port.shape[2], port.shape[3]
    return None


def _divided(data: Data, samples: int, fewest: int) -> Chosen:
    """Calibrate on the first half at most, judge on the rest."""
    if len(data) < 2 * fewest:
        raise BadData(
            f"{data.source} holds {len(data)} samples to calibrate and to judge with; give at "
            f"least {2 * fewest}, or separate sets with --calib and --eval"
        )
    mixed = data.take(len(data))
    cut = min(samples, len(data) // 2)
    return Chosen(_rows(mixed, 0, cut), _rows(mixed, cut, len(data)))


def _enough(data: Data, purpose: str) -> None:
    if len(data) < FEWEST:
        raise BadData(
            f"{data.source} holds {len(data)} samples, {purpose} needs at least {FEWEST}; "
            "100 or more make it worth believing"
        )


def _rows(data: Data, start: int, end: int) -> Data:
    x: dict[str, Array] = {name: array[start:end] for name, array in data.x.items()}
    y = None if data.y is None else data.y[start:end]
    return Data(x, y, data.labels, data.source)
