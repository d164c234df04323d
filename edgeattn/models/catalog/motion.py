"""Sensors of motion: which models of the zoo read them.

A watch hangs another way than a phone lies and is normalised by other numbers, so that each device
has entries of its own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from edgeattn.models.catalog.entry import Steps, ZooEntry

if TYPE_CHECKING:
    from torch import nn

LENGTH = 200  # samples: two seconds


def motion_steps(device: str) -> Steps:
    """Return the steps from a window, m/s^2 and rad/s [1, 6, 200] at 100 Hz, to the input."""
    from edgeattn.data.sp_sw_har import normalisation

    mean, std = normalisation(device)
    return (
        {"step": "cast", "dtype": "float32"},
        {"step": "normalize", "mean": list(mean), "std": list(std), "axis": 1},
    )


def _motion(device: str, **arguments: Any) -> nn.Module:
    from edgeattn.data.sp_sw_har import normalisation
    from edgeattn.models.motion import Motion

    mean, std = normalisation(device)
    return Motion(mean=mean, std=std, **arguments)


MOTION: dict[str, ZooEntry] = {
    "motion-hybrid": ZooEntry(
        summary="Convolutions, then attention over 25 tokens: five activities, phone in a pocket.",
        teacher="motion-gru",
        build=partial(_motion, "phone"),
        dataset="sp_sw_har",
        preprocessing=partial(motion_steps, "phone"),
        input_shape=(1, 6, LENGTH),
        checkpoint="motion-hybrid.pt",
        accuracy=461 / 512,
        params=49_317,
        macs=1_408_000,
    ),
    "motion-cnn": ZooEntry(
        summary="motion-hybrid with a convolution over time where it attends.",
        build=partial(_motion, "phone", body="convolution"),
        dataset="sp_sw_har",
        preprocessing=partial(motion_steps, "phone"),
        input_shape=(1, 6, LENGTH),
        checkpoint="motion-cnn.pt",
        accuracy=463 / 512,
        params=48_805,
        macs=1_328_000,
        baseline_for="motion-hybrid",
    ),
    "motion-gru": ZooEntry(
        summary="motion-hybrid with a recurrent unit where it attends, its 25 steps written out.",
        build=partial(_motion, "phone", body="recurrence"),
        dataset="sp_sw_har",
        preprocessing=partial(motion_steps, "phone"),
        input_shape=(1, 6, LENGTH),
        checkpoint="motion-gru.pt",
        accuracy=468 / 512,
        params=50_773,
        macs=1_374_800,
        baseline_for="motion-hybrid",
    ),
    "motion-hybrid-watch": ZooEntry(
        summary="motion-hybrid for a watch on the wrist.",
        teacher="motion-gru-watch",
        build=partial(_motion, "watch"),
        dataset="sp_sw_har:watch",
        preprocessing=partial(motion_steps, "watch"),
        input_shape=(1, 6, LENGTH),
        checkpoint=None,
        accuracy=None,
        params=49_317,
        macs=1_408_000,
    ),
    "motion-cnn-watch": ZooEntry(
        summary="motion-cnn for a watch on the wrist.",
        build=partial(_motion, "watch", body="convolution"),
        dataset="sp_sw_har:watch",
        preprocessing=partial(motion_steps, "watch"),
        input_shape=(1, 6, LENGTH),
        checkpoint=None,
        accuracy=None,
        params=48_805,
        macs=1_328_000,
        baseline_for="motion-hybrid-watch",
    ),
    "motion-gru-watch": ZooEntry(
        summary="motion-gru for a watch on the wrist.",
        build=partial(_motion, "watch", body="recurrence"),
        dataset="sp_sw_har:watch",
        preprocessing=partial(motion_steps, "watch"),
        input_shape=(1, 6, LENGTH),
        checkpoint=None,
        accuracy=None,
        params=50_773,
        macs=1_374_800,
        baseline_for="motion-hybrid-watch",
    ),
}
