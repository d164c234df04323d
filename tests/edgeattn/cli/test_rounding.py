from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from edgeattn.cli.rounding import check_rounding, chosen_policies
from edgeattn.training import qat
from edgeattn.training.outcome import TrainingResult
from edgeattn_converters.policies import POLICIES, policy_for
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.machine import cpu_class


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What `train_qat` was called with; the real one is tested in training/test_qat.py."""
    kept: dict[str, Any] = {}

    def stand_in(start: Path, data: Any, **words: Any) -> TrainingResult:
        kept.update(words, start=start, data=data)
        return TrainingResult(
            checkpoint=tmp_path / "m.pt", metrics=tmp_path, plot=tmp_path, epochs=1, best_epoch=1,
            validation_accuracy=0.5, test_accuracy=None, test_f1=None, test_samples=0,
        )  # fmt: skip

    monkeypatch.setattr(qat, "train_qat", stand_in)
    return kept


def typed(tmp_path: Path, *more: str) -> tuple[str, ...]:
    out = str(tmp_path / "out")
    return ("train", "gesture-hybrid", "--data", "gestures", "--out", out, "--qat", *more)


def test_qat_begins_with_the_zoos_own_weights(
    edgeattn: Any, called: dict[str, Any], tmp_path: Path
) -> None:
    done = edgeattn(*typed(tmp_path, "--seed", "3", "--learning-rate", "0.5"))
    assert done.exit_code == 0, done.stderr
    assert called["start"].name == "gesture-hybrid.pt"
    assert (called["seed"], called["resume"]) == (3, False)
    assert called["quantisation"].name == "int8"
    assert called["recipe"].learning_rate == 0.5
    assert called["recipe"].epochs == 10  # a quarter of the model's own
    assert called["policies"] == tuple(policy_for(f, cpu_class()) for f in ("onnx", "tflite"))


def test_recipe_and_target_say_what_to_train_for(
    edgeattn: Any, called: dict[str, Any], tmp_path: Path
) -> None:
    done = edgeattn(*typed(tmp_path, "--recipe", "w4", "--target", "tensorrt", "--epochs", "2"))
    assert done.exit_code == 0, done.stderr
    assert called["quantisation"].name == "w4"
    assert called["policies"] == (POLICIES["tensorrt"],)
    assert called["recipe"].epochs == 2


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--pretrain", "masked"), "--pretrain is for float models"),
        (("--dropout", "0.1"), "--dropout is for float models"),
        (("--patience", "3"), "--patience is for float models"),
        (("--recipe", "int9"), "no recipe 'int9'"),
        (("--target", "abacus"), "no target 'abacus'"),
        (("--batch", "8", "--mixup", "-1"), "mixup is -1"),
    ],
)
def test_what_makes_no_sense_with_qat_is_refused(
    edgeattn: Any, called: dict[str, Any], tmp_path: Path, more: tuple[str, ...], message: str
) -> None:
    done = edgeattn(*typed(tmp_path, *more))
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert not called


@pytest.mark.parametrize("flag", ["--recipe", "--target"])
def test_what_belongs_to_qat_needs_it(edgeattn: Any, tmp_path: Path, flag: str) -> None:
    words = [word for word in typed(tmp_path, flag, "x86") if word != "--qat"]
    done = edgeattn(*words)
    assert done.exit_code == 2
    assert f"{flag} needs --qat" in done.stderr


def test_several_processes_are_refused() -> None:
    with pytest.raises(click.UsageError, match="start it without torchrun"):
        check_rounding(True, processes=2, forbidden={}, needing={})
    check_rounding(False, processes=2, forbidden={}, needing={})


def test_a_class_of_cpu_stands_for_both_formats() -> None:
    names = [policy.name for policy in chosen_policies("arm64")]
    assert names == ["onnxruntime-arm", "litert-xnnpack"]
    with pytest.raises(BadUsage, match="no target"):
        chosen_policies("nothing")
