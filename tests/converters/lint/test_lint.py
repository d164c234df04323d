import torch
from torch import nn

from edgeattn_converters.lint import RULES, SEVERITIES, lint
from edgeattn_converters.policies import LITERT_XNNPACK


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


def test_what_two_engines_share_is_said_once(program):
    captured = program(nn.Sequential(nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 8)), (1, 4, 8))
    both = lint(captured, (LITERT_XNNPACK, LITERT_XNNPACK))
    assert [one.rule for one in both] == ["lanes"]


def test_a_good_model_has_no_findings(program):
    captured = program(nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)), (1, 4, 8))
    assert lint(captured, (LITERT_XNNPACK,)) == ()


def test_looking_changes_nothing(program):
    captured = program(nn.Sequential(nn.Linear(8, 12), nn.GELU(), nn.Linear(12, 4)), (1, 4, 8))
    before = str(captured.graph)
    lint(captured, (LITERT_XNNPACK,))
    assert str(captured.graph) == before


def test_every_rule_stands_in_a_file_of_its_name():
    assert [rule.__module__.rpartition(".")[2] for rule in RULES] == [
        rule.__name__ for rule in RULES
    ]
