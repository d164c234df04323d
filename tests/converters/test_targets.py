"""--target: which policies a class of CPU or a name stands for, and what the verdict says of it."""

from __future__ import annotations

import pytest

from edgeattn_converters.policies import (
    CPU_CLASSES,
    POLICIES,
    policies_for,
    policy_for,
    split_targets,
)
from edgeattn_runtime.errors import BadUsage


@pytest.mark.parametrize("target", CPU_CLASSES)
def test_a_class_of_cpu_gives_a_policy_for_both_formats(target: str) -> None:
    found = policies_for(target)
    assert found == {format: policy_for(format, target) for format in ("onnx", "tflite")}


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_by_name_gives_its_own_format_alone(name: str) -> None:
    assert policies_for(name) == {POLICIES[name].format: POLICIES[name]}


def test_an_unknown_target_names_the_nearest() -> None:
    with pytest.raises(BadUsage, match="did you mean arm64"):
        policies_for("amr64")


def test_several_targets_are_told_apart_by_where_they_run() -> None:
    here, elsewhere = split_targets("x86-vnni, tensorrt")
    assert here == policies_for("x86-vnni")
    assert elsewhere == (POLICIES["tensorrt"],)
    assert split_targets("tensorrt") == ({}, (POLICIES["tensorrt"],))


def test_two_policies_for_the_same_file_are_refused() -> None:
    with pytest.raises(BadUsage, match="asks for onnxruntime-x86-vnni and onnxruntime-arm, whose"):
        split_targets("x86-vnni,arm64")
