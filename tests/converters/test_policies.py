import dataclasses

import pytest

from edgeattn_converters.operator_kind import KINDS
from edgeattn_converters.policies import POLICIES, policy_for
from edgeattn_converters.recipe import CORES
from edgeattn_runtime.errors import BadUsage

KNOWN = {*KINDS.values(), "gemm"}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_a_policy_names_only_kinds_and_cores_that_exist(policy):
    assert policy.int8 | policy.follows | policy.float_result <= KNOWN
    assert set(policy.cores) < set(CORES)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_a_policy_gives_a_reason_for_what_it_runs_in_int8(policy):
    assert policy.int8 | policy.follows <= policy.reasons.keys()


@pytest.mark.parametrize(
    ("format", "cpu_class", "name"),
    [
        ("onnx", "x86-vnni", "onnxruntime-x86-vnni"),
        ("onnx", "x86", "onnxruntime-x86"),
        ("onnx", "arm-dotprod", "onnxruntime-arm"),
        ("onnx", "riscv", "onnxruntime-x86"),  # the careful one: 7-bit weights
        ("tflite", "x86", "litert-xnnpack"),
    ],
)
def test_the_class_of_cpu_decides(format, cpu_class, name):
    assert policy_for(format, cpu_class).name == name


def test_an_unknown_format_is_refused():
    with pytest.raises(BadUsage, match="the format is 'coreml'; choose onnx or tflite"):
        policy_for("coreml", "x86")


def test_without_vnni_a_pair_of_products_fits_int16():
    levels = POLICIES["onnxruntime-x86"].weight_levels
    assert 2 * 255 * levels <= 2**15 - 1
    assert 2 * 255 * (levels + 2) > 2**15 - 1  # no careless loss: 64 would just do, 65 not


def test_only_a_recipe_for_an_int8_core_takes_the_form_for_it():
    apart = dataclasses.replace(POLICIES["litert-xnnpack"], int8_form=(), core_form=(str,))
    assert apart.form_for("int8") == apart.form_for("scores") == (str,)
    assert apart.form_for("float") == apart.form_for("measure") == ()


def test_without_a_form_of_its_own_an_int8_core_takes_the_usual_one():
    litert = POLICIES["litert-xnnpack"]
    assert litert.form_for("int8") == litert.int8_form


def test_with_kernels_at_hand_a_fused_core_is_worth_measuring():
    onnx = POLICIES["onnxruntime-x86-vnni"]
    assert onnx.with_kernels().cores == (*onnx.cores, "fused")
    assert onnx.with_kernels().with_kernels() == onnx.with_kernels()
    assert onnx.form_for("fused") == onnx.fused_form
    tensorrt = POLICIES["tensorrt"]
    assert tensorrt.with_kernels() is tensorrt


def test_beside_a_fused_core_more_kinds_follow_each_with_its_reason():
    onnx = POLICIES["onnxruntime-x86-vnni"]
    beside = onnx.with_siblings()
    assert beside.follows == onnx.follows | {"gelu", "hardswish", "silu"}
    assert "table" in beside.reasons["gelu"]
    assert beside.reasons["gelu"] != onnx.reasons["gelu"]
    litert = POLICIES["litert-xnnpack"]
    assert litert.with_siblings() is litert
