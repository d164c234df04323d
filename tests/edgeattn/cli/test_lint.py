import json

import pytest

MODELS = """
import torch
from torch import nn

def good():
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)).eval(), torch.ones(1, 4, 8)

def slow():
    return nn.Sequential(nn.LayerNorm(8), nn.Conv1d(4, 8, 3)).eval(), torch.ones(1, 4, 8)

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

def normed():
    return nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8)).eval(), torch.ones(1, 8)

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
    parts = {
        "rule", "severity", "op", "layer", "layers", "count", "why", "remedy", "evidence",
        "fixable",
    }  # fmt: skip
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


def test_strict_fails_on_warnings(lint):
    assert lint("slow").exit_code == 0
    assert lint("slow", "--strict").exit_code == 1
    assert lint("slow", "--strict", "--ignore", "float-island").exit_code == 0


def test_the_catalogue_is_listed_without_a_model(edgeattn):
    result = edgeattn("lint", "--list")
    assert result.exit_code == 0
    assert "float-island" in result.stdout
    facts = json.loads(edgeattn("lint", "--list", "--json").stdout)
    assert facts["schema_version"] == 1
    assert {"name", "severity", "finds", "why", "remedy", "evidence", "repaired"} == set(
        facts["rules"][0]
    )


def test_one_rule_is_explained(edgeattn):
    result = edgeattn("lint", "--explain", "mask")
    assert result.exit_code == 0
    assert "-30" in result.stdout
    assert json.loads(edgeattn("lint", "--explain", "mask", "--json").stdout)["name"] == "mask"


def test_a_rule_that_does_not_exist_is_corrected(edgeattn):
    result = edgeattn("lint", "--explain", "maks")
    assert result.exit_code == 2
    assert "did you mean mask" in result.stderr


def test_without_a_model_it_asks_for_one(edgeattn):
    result = edgeattn("lint")
    assert result.exit_code == 2
    assert "no MODEL was named" in result.stderr


def test_fix_writes_a_new_file_and_says_what_changed(lint, tmp_path):
    out = tmp_path / "fixed.pt2"
    result = lint("normed", "--fix", "--out", str(out))
    assert result.exit_code == 0
    assert out.is_file()
    assert "batch-norm: batch_norm" in result.stdout
    assert "Largest difference" in result.stdout


def test_fix_says_as_json_what_changed(lint, tmp_path):
    facts = json.loads(lint("normed", "--fix", "--out", str(tmp_path / "a.onnx"), "--json").stdout)
    assert [change["rule"] for change in facts["fixed"]["changes"]] == ["batch-norm"]
    assert facts["fixed"]["file"].endswith("a.onnx")
    assert facts["fixed"]["largest_difference"] <= 1e-5


def test_fix_with_nothing_to_fix_says_so(lint, tmp_path):
    result = lint("good", "--fix", "--out", str(tmp_path / "fixed.pt2"))
    assert result.exit_code == 0
    assert "Nothing to fix" in result.stdout
    assert not (tmp_path / "fixed.pt2").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--fix",), "name the new file with --out"),
        (("--out", "fixed.pt2"), "belong to --fix"),
        (("--force",), "belong to --fix"),
        (("--fix", "--out", "fixed.tflite"), "or an .onnx file"),
    ],
)
def test_flags_that_need_each_other_say_so(lint, words, message):
    result = lint("normed", *words)
    assert result.exit_code == 2
    assert message in result.stderr
