import dataclasses

from torch import nn

from edgeattn_converters.lint.subject import calls, place_of, prepare, word_for
from edgeattn_converters.policies import LITERT_XNNPACK, ONNXRUNTIME_X86_VNNI
from edgeattn_runtime.errors import CannotConvert


def test_a_model_is_prepared_as_each_engine_gets_it(program):
    captured = program(nn.Conv2d(3, 8, 3), (1, 3, 8, 8))
    subject, refusals = prepare(captured, (LITERT_XNNPACK, ONNXRUNTIME_X86_VNNI))
    assert refusals == []
    assert [target.policy for target in subject.targets] == [LITERT_XNNPACK, ONNXRUNTIME_X86_VNNI]
    first = subject.targets[0].int8_form
    assert any("conv2d_nhwc" in str(node.target) for node in calls(first))
    assert any(subject.targets[0].is_int8(node) for node in calls(first))


def test_a_rewrite_that_refuses_becomes_one_finding(program):
    def refuse(program):
        raise CannotConvert("blocks.0 shares key heads; repeat them")

    policy = dataclasses.replace(LITERT_XNNPACK, float_form=(refuse,), int8_form=(refuse,))
    subject, (finding,) = prepare(program(nn.Linear(8, 8), (1, 8)), (policy,))
    assert (finding.rule, finding.severity, finding.op) == ("rewrite-refused", "error", "refuse")
    assert finding.why == "blocks.0 shares key heads"
    assert finding.remedy == "repeat them"
    assert calls(subject.targets[0].int8_form)  # the rules still have something to look at


def test_operators_are_named_by_kind_and_by_module(program):
    captured = program(nn.Sequential(nn.GELU(), nn.Softplus()), (1, 8))
    gelu, softplus = calls(captured)
    assert (word_for(gelu), place_of(gelu)) == ("gelu", "0")
    assert (word_for(softplus), place_of(softplus)) == ("softplus", "1")


def test_an_operator_outside_of_any_module_is_named_by_its_tensor(program):
    (node,) = calls(program(lambda _, x: x.exp(), (1, 8)))
    assert place_of(node) == node.name


def test_what_is_static_is_int8_and_what_is_float_is_neither(program):
    captured = program(nn.Sequential(nn.Conv2d(3, 8, 3), nn.Softplus()), (1, 3, 8, 8))
    subject, _ = prepare(captured, (LITERT_XNNPACK,))
    (target,) = subject.targets
    seen = {word_for(node): node for node in target.decisions}
    assert (target.is_static(seen["conv"]), target.is_int8(seen["conv"])) == (True, True)
    assert not target.is_static(seen["softplus"])
