from __future__ import annotations

import pytest

from edgeattn.pruning.choices import Choices
from edgeattn_runtime.errors import BadUsage


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"heads": 1.0}, "--heads is 1; give the share to remove, from 0 to below 1"),
        ({"heads": -0.1}, "--heads is -0.1"),
        ({"channels": float("nan")}, "--channels is nan"),
        ({"tokens": 1.0}, "--tokens is 1"),
        ({"target_macs": 0.0}, "--target-macs is 0; give the share that may stay"),
        ({"target_macs": 50.0}, "--target-macs is 50"),
        ({"target_latency_ratio": 1.0}, "--target-latency-ratio is 1"),
        ({"target_macs": 0.5, "target_latency_ratio": 0.5}, "are two goals; give one"),
        ({}, "nothing is to be removed; give --heads, --channels, --tokens above 0, or"),
        ({"heads": 0.0}, "nothing is to be removed"),
        ({"heads": 0.5, "score": "luck"}, "no score 'luck'; choose magnitude, taylor, entropy"),
        ({"heads": 0.5, "format": "keras"}, "no format 'keras'; choose onnx or tflite"),
        ({"heads": 0.5, "finetune_epochs": -1}, "-1 epochs in 1 rounds"),
        ({"heads": 0.5, "rounds": 0}, "0 epochs in 0 rounds"),
        ({"heads": 0.5, "rounds": 3, "finetune_epochs": 2}, "give at least 3, or one round"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(wrong, fault):
    with pytest.raises(BadUsage, match=fault):
        Choices(**wrong)


def test_epochs_are_shared_and_none_is_lost():
    choices = Choices(heads=0.5, finetune_epochs=7, rounds=3)
    assert [choices.epochs_of(number) for number in range(3)] == [2, 2, 3]
