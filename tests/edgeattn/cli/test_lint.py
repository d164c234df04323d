import json

import pytest

MODELS = """
import torch
from torch import nn

def good():
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)).eval(), torch.ones(1, 4, 8)

def slow():
    return nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 16)).eval(), torch.ones(1, 4, 8)

class Unknown(nn.Module):
    def forward(self, x):
        return torch.erfinv(x)

def unknown():
    return Unknown().eval(), torch.ones(1, 8)

class Undecided(nn.Module):
    def forward(self, x):
        return x.reshape(-1)[: int(x.sum())]

def undecided():
    return Undecided().eval(), torch.ones(1, 8)

def silent():
    return nn.Linear(8, 8).eval()
"""


@pytest.fixture
def lint(edgeattn, tmp_path):
    (tmp_path / "models.py").write_text(MODELS)

    def run(factory, *words):
        spec = f"{tmp_path / 'models.py'}:{factory}"
        return edgeattn("lint", spec, "--target", "litert-xnnpack", *words)

    return run


def test_a_good_model_gets_one_friendly_sentence(lint):
    result = lint("good")
    assert result.exit_code == 0
    assert result.stdout.strip() == (
        "models is ready for litert-xnnpack: nothing was found that would hurt it."
    )


def test_a_slow_model_is_told_why_and_what_to_do_and_passes(lint):
    result = lint("slow")
    assert result.exit_code == 0
    assert "Will be slow or wrong" in result.stdout
    assert "layer_norm in 0" in result.stdout
    assert "do: train with BatchNorm" in result.stdout


def test_an_operator_that_cannot_be_converted_exits_with_1(lint):
    result = lint("unknown")
    assert result.exit_code == 1
    assert "Cannot be converted" in result.stdout
    assert "aten.erfinv.default" in result.stdout


def test_a_model_that_cannot_be_captured_is_a_finding(lint):
    result = lint("undecided", "--json")
    assert result.exit_code == 1
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["rule"] == "uncaptured"


def test_json_has_every_finding_with_its_parts(lint):
    facts = json.loads(lint("slow", "--json").stdout)
    assert facts["schema_version"] == 1
    assert facts["convertible"] is True
    assert facts["targets"] == ["litert-xnnpack"]
    parts = {"rule", "severity", "op", "layer", "why", "remedy", "evidence"}
    assert facts["findings"]
    assert all(set(finding) == parts for finding in facts["findings"])


def test_a_model_without_example_inputs_is_told_how_to_give_them(lint):
    result = lint("silent")
    assert result.exit_code == 2
    assert "return (module, example_inputs)" in result.stderr


def test_an_unknown_target_is_corrected(edgeattn):
    result = edgeattn("lint", "gesture-hybrid", "--target", "litert-xnpack")
    assert result.exit_code == 2
    assert "did you mean litert-xnnpack" in result.stderr
