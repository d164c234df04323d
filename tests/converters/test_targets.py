"""--target: which policies a class of CPU or a name stands for, and what the verdict says of it."""

from __future__ import annotations

import pytest

from edgeattn_converters.policies import CPU_CLASSES, POLICIES, policies_for, policy_for
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
