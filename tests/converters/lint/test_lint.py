import pytest
import torch
from torch import nn

from edgeattn_converters.lint import CATALOGUE, LOOKS, SEVERITIES, lint, rule_named
from edgeattn_converters.policies import LITERT_XNNPACK, ONNXRUNTIME_X86_VNNI
from edgeattn_runtime.errors import BadUsage


def test_the_most_important_comes_first(program):
    def everything(model, x):
        x = model.conv(x)
        return torch.erfinv(model.last(x))

    parts = {"conv": nn.Conv2d(3, 12, 3), "last": nn.Conv2d(12, 8, 3)}
    captured = program(everything, (2, 3, 8, 8), **parts)
    findings = lint(captured, (LITERT_XNNPACK,))
    ranks = [SEVERITIES.index(one.severity) for one in findings]
    assert ranks == sorted(ranks)
    assert {one.severity for one in findings} == set(SEVERITIES)


def test_like_findings_in_several_layers_are_one_with_a_count(program):
    layers = [nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 12), nn.ReLU(), nn.Linear(12, 8)]
    (finding,) = lint(program(nn.Sequential(*layers), (1, 4, 8)), (LITERT_XNNPACK,))
    assert (finding.rule, finding.count, finding.layers) == ("lanes", 2, ("0", "2"))


def test_a_good_model_has_no_findings(program):
    captured = program(nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)), (1, 4, 8))
    assert lint(captured, (LITERT_XNNPACK, ONNXRUNTIME_X86_VNNI)) == ()


def test_looking_changes_nothing(program):
    captured = program(nn.Sequential(nn.Linear(8, 12), nn.GELU(), nn.Linear(12, 4)), (1, 4, 8))
    before = str(captured.graph)
    lint(captured, (LITERT_XNNPACK,))
    assert str(captured.graph) == before


@pytest.mark.parametrize("rule", LOOKS, ids=lambda rule: rule.name)
def test_every_rule_stands_in_a_file_of_its_name(rule):
    look = LOOKS[rule]
    name = rule.name.replace("-", "_")
    assert (look.__name__, look.__module__.rpartition(".")[2]) == (name, name)


def test_no_two_rules_share_a_name():
    names = [rule.name for rule in CATALOGUE]
    assert len(set(names)) == len(names)


def test_a_rule_is_found_by_its_name():
    assert rule_named("mask").name == "mask"


def test_a_misspelt_rule_is_corrected():
    with pytest.raises(BadUsage, match="there is no rule 'maks'; did you mean mask"):
        rule_named("maks")
