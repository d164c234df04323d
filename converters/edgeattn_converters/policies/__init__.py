"""Policies: what each engine can run fast in int8, one file per engine."""

from __future__ import annotations

import difflib

from edgeattn_converters.policies.litert import LITERT_XNNPACK, TFLITE_RUNTIME
from edgeattn_converters.policies.litert_gpu import LITERT_GPU
from edgeattn_converters.policies.onnxruntime import (
    ONNXRUNTIME_ARM,
    ONNXRUNTIME_X86,
    ONNXRUNTIME_X86_VNNI,
)
from edgeattn_converters.policies.onnxruntime_wasm import ONNXRUNTIME_WASM
from edgeattn_converters.policies.onnxruntime_webgpu import ONNXRUNTIME_WEBGPU
from edgeattn_converters.policies.qnn import QNN
from edgeattn_converters.policies.tensorrt import TENSORRT
from edgeattn_converters.policy import Policy
from edgeattn_runtime.errors import BadUsage

POLICIES = {
    policy.name: policy
    for policy in (
        ONNXRUNTIME_X86_VNNI, ONNXRUNTIME_X86, ONNXRUNTIME_ARM, LITERT_XNNPACK, TFLITE_RUNTIME,
        ONNXRUNTIME_WASM, ONNXRUNTIME_WEBGPU, LITERT_GPU, QNN, TENSORRT,
    )
}  # fmt: skip


CPU_CLASSES = ("x86-vnni", "x86", "arm64-dotprod", "arm64", "arm32")
"""What edgeattn_runtime.machine.cpu_class can say, and --target can ask for."""


def policy_for(format: str, cpu_class: str) -> Policy:
    """Return the policy of a format on a class of CPU, as edgeattn_runtime.machine names it."""
    if format == "tflite":
        return LITERT_XNNPACK
    if format == "onnx":
        if cpu_class.startswith("arm"):
            return ONNXRUNTIME_ARM
        return ONNXRUNTIME_X86_VNNI if cpu_class == "x86-vnni" else ONNXRUNTIME_X86
    raise BadUsage(f"the format is {format!r}; choose onnx or tflite")


def split_targets(targets: str) -> tuple[dict[str, Policy], tuple[Policy, ...]]:
    """Return what "x86-vnni,tensorrt" stands for: policies by format, and those of other engines.

    Raises:
        BadUsage: A name nobody knows, or two that want the same files.
    """
    here: dict[str, Policy] = {}
    elsewhere: dict[str, Policy] = {}
    for target in targets.split(","):
        for format, policy in policies_for(target.strip()).items():
            if policy.elsewhere:
                elsewhere[policy.name] = policy
            elif here.setdefault(format, policy) is not policy:
                raise BadUsage(
                    f"--target {targets} asks for {here[format].name} and {policy.name}, whose "
                    f"{format} files have one name; convert twice, with another --out"
                )
    return here, tuple(elsewhere.values())


def policies_for(target: str) -> dict[str, Policy]:
    """Return the policy of each format for what --target names.

    A class of CPU gives a policy for both formats, a policy's own name for its format alone.

    Raises:
        BadUsage: It is neither.
    """
    if target in CPU_CLASSES:
        return {format: policy_for(format, target) for format in ("onnx", "tflite")}
    if target in POLICIES:
        return {POLICIES[target].format: POLICIES[target]}
    known = (*CPU_CLASSES, *POLICIES)
    near = difflib.get_close_matches(target, known, n=1)
    hint = f"did you mean {near[0]}" if near else f"choose from {', '.join(known)}"
    raise BadUsage(f"there is no target {target!r}; {hint}")
