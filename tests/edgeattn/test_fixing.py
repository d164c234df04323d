"""edgeattn.fixing: the rewrites of the conversion, written into a model for other tools."""

import pytest
import torch

from edgeattn import fixing
from edgeattn.fixing import fix
from edgeattn.linting import lint
from edgeattn.sources import load_model
from edgeattn_runtime.errors import BadUsage, GateFailed

MODELS = '''
import torch
from torch import nn


class Masked(nn.Module):
    """Attention with a BatchNorm before it, a scale, a mask of finfo.min and a Linear by hand."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv1d(8, 8, 1), nn.BatchNorm1d(8))
        self.stem[1].running_mean.normal_()
        self.query, self.key = nn.Linear(8, 8), nn.Linear(8, 8)
        self.out = nn.Parameter(torch.randn(8, 8))

    def forward(self, x, keep):
        x = self.stem(x.transpose(1, 2)).transpose(1, 2)
        mask = (1 - keep[:, None].float()) * torch.finfo(torch.float32).min
        scores = self.query(x) @ self.key(x).transpose(1, 2) / 8**0.5 + mask
        return (scores.softmax(-1) @ x) @ self.out


def masked():
    torch.manual_seed(0)
    return Masked().eval(), (torch.randn(1, 4, 8), torch.tensor([[1, 1, 1, 0]]))


def clean():
    return nn.Linear(8, 8).eval(), torch.ones(1, 4, 8)


class Overflowing(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8))

    def forward(self, x):
        return self.norm(x) / (x - x)


def overflowing():
    return Overflowing().eval(), torch.ones(1, 8)


class Branching(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


def branching():
    return Branching().eval(), (torch.ones(1, 4),)
'''
TARGET = "litert-xnnpack"


@pytest.fixture
def factory(tmp_path):
    (tmp_path / "models.py").write_text(MODELS)
    return lambda name: f"{tmp_path / 'models.py'}:{name}"


@pytest.mark.parametrize("name", ["fixed.pt2", "fixed.onnx"])
def test_the_new_file_gives_the_same_numbers_and_no_fixed_finding(factory, tmp_path, name):
    fixed = fix(factory("masked"), tmp_path / name, target=TARGET)
    changed = {finding.rule for finding in fixed.changes}
    assert {"mask", "batch-norm", "runtime-scale", "hidden-linear"} <= changed
    assert fixed.difference <= fixing.TOLERANCE
    again = lint(str(tmp_path / name), target=TARGET)
    assert not changed & {finding.rule for finding in again.findings if finding.fixable}
    original = load_model(factory("masked"))
    with torch.no_grad():
        expected = original.module(*original.example_inputs)
        found = load_model(str(tmp_path / name)).module(*original.example_inputs)
    # float32: foldings round differently, by a few parts in ten million of the largest output
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5 * float(expected.abs().max()))


def test_an_exported_and_an_onnx_file_can_be_fixed_again(factory, tmp_path):
    first = fix(factory("masked"), tmp_path / "one.pt2", target=TARGET)
    assert first.out is not None
    second = fix(str(tmp_path / "one.pt2"), tmp_path / "two.onnx", target=TARGET)
    assert second.out is None  # nothing is left to fix
    assert not (tmp_path / "two.onnx").exists()


def test_nothing_is_left_beside_the_file(factory, tmp_path):
    fix(factory("masked"), tmp_path / "out" / "fixed.pt2", target=TARGET)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["fixed.pt2"]


def test_a_model_with_nothing_to_fix_writes_nothing(factory, tmp_path):
    fixed = fix(factory("clean"), tmp_path / "fixed.pt2", target=TARGET)
    assert (fixed.out, fixed.changes) == (None, ())
    assert not (tmp_path / "fixed.pt2").exists()


def test_a_model_that_cannot_be_captured_writes_nothing(factory, tmp_path):
    fixed = fix(factory("branching"), tmp_path / "fixed.pt2", target=TARGET)
    assert fixed.out is None
    assert not fixed.linted.convertible


def test_other_numbers_are_refused_and_nothing_is_written(factory, tmp_path, monkeypatch):
    monkeypatch.setattr(fixing, "TOLERANCE", -1.0)  # no model is that exact
    with pytest.raises(GateFailed, match=r"differs by .* nothing was written"):
        fix(factory("masked"), tmp_path / "fixed.pt2", target=TARGET)
    assert [path.name for path in tmp_path.iterdir() if "fixed" in path.name] == []


def test_a_model_that_gives_nan_cannot_be_compared(factory, tmp_path):
    with pytest.raises(GateFailed, match="NaN or infinity"):
        fix(factory("overflowing"), tmp_path / "fixed.pt2", target=TARGET)
    assert not (tmp_path / "fixed.pt2").exists()


def test_samples_are_compared_where_they_are_given(factory, tmp_path):
    import numpy as np

    x = np.random.default_rng(0).standard_normal((9, 4, 8)).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=x, keep=np.ones((9, 4), np.int64))
    fixed = fix(
        factory("masked"), tmp_path / "fixed.pt2", target=TARGET, data=str(tmp_path / "data.npz")
    )
    assert fixed.inputs == "9 of the samples given"


@pytest.mark.parametrize(
    ("name", "message"),
    [("fixed.tflite", r"\.pt2 file .* or an \.onnx"), ("", "ends in nothing|is a folder")],
)
def test_a_place_that_cannot_be_meant_is_refused(factory, tmp_path, name, message):
    with pytest.raises(BadUsage, match=message):
        fix(factory("masked"), tmp_path / name)


def test_the_model_itself_is_never_written_to(factory, tmp_path):
    path = tmp_path / "model.pt2"
    fix(factory("masked"), path, target=TARGET)
    before = path.read_bytes()
    with pytest.raises(BadUsage, match="the model itself"):
        fix(str(path), path, force=True)
    assert path.read_bytes() == before


def test_a_file_that_exists_stays_unless_forced(factory, tmp_path):
    path = tmp_path / "fixed.pt2"
    path.write_text("mine")
    with pytest.raises(BadUsage, match="add --force"):
        fix(factory("masked"), path, target=TARGET)
    assert path.read_text() == "mine"
    assert fix(factory("masked"), path, target=TARGET, force=True).out == path
