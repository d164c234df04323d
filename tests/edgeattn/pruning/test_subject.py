from __future__ import annotations

from pathlib import Path

import pytest
import torch

from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.pruning.slim import slimmer
from edgeattn.pruning.subject import check_out, load_subject, write_pruned
from edgeattn.sources import load_model
from edgeattn_runtime.errors import BadUsage, BrokenModel

OWN = """
import torch
def build():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 32), torch.nn.ReLU(), torch.nn.Linear(32, 2))
    return model.eval(), (torch.rand(1, 4),)
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    (tmp_path / "own.py").write_text(OWN)
    return f"{tmp_path}/own.py:build"


def test_a_checkpoint_and_a_zoo_name_bring_what_is_written_again(checkpoint, arguments):
    assert load_subject(str(checkpoint)).checkpoint.arguments == arguments
    assert load_subject("gesture-hybrid").checkpoint.model == "gesture-hybrid"


def test_a_pruned_checkpoint_can_be_pruned_again(checkpoint, found, x, tmp_path):
    subject, out = load_subject(str(checkpoint)), tmp_path / "small.pt"
    for name, least in (("blocks.0.mlp.0.linear", 32), ("blocks.1.mlp.0.linear", 16)):
        kept = {name: tuple(range(least))}
        small = slimmer(subject.module, found.groups, kept)
        write_pruned(subject, small, (x[:1],), out)
        subject = load_subject(str(out))
        assert torch.equal(subject.module(x), small(x))
    record = load_checkpoint(out).arguments["pruned"]["widths"]
    assert record["blocks.0.mlp.0.linear"] == [32, None]
    assert record["blocks.1.mlp.0.linear"] == [16, None]


def test_a_module_of_ones_own_is_written_as_its_graph(own, tmp_path):
    subject, out = load_subject(own), tmp_path / "own.pt2"
    assert subject.checkpoint is None
    example = subject.loaded.example_inputs
    write_pruned(subject, subject.module, example, out)
    torch.testing.assert_close(load_model(str(out)).module(*example), subject.module(*example))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_graph_is_refused(own, tmp_path):
    subject, out = load_subject(own), tmp_path / "own.pt2"
    write_pruned(subject, subject.module, subject.loaded.example_inputs, out)
    with pytest.raises(BadUsage, match=r"own.pt2 is a graph whose shapes are fixed; prune the Py"):
        load_subject(str(out))


def test_a_checkpoint_of_another_architecture_is_refused(checkpoint, tmp_path):
    content = torch.load(checkpoint, weights_only=True)
    torch.save({**content, "model": "other-net"}, tmp_path / "other.pt")
    with pytest.raises(BrokenModel, match="is for the model 'other-net'"):
        load_subject(str(tmp_path / "other.pt"))
    torch.save({**content, "arguments": {"classes": 2}}, tmp_path / "wide.pt")
    with pytest.raises(BrokenModel, match="they belong to another model or other arguments"):
        load_subject(str(tmp_path / "wide.pt"))


def test_the_new_file_must_not_exist_and_have_the_right_suffix(checkpoint, own, tmp_path):
    subject = load_subject(str(checkpoint))
    check_out(subject, tmp_path / "new.pt", force=False)
    with pytest.raises(BadUsage, match="exists; give another --out, or --force"):
        check_out(subject, checkpoint, force=False)
    check_out(subject, checkpoint, force=True)
    with pytest.raises(BadUsage, match=r"--out is new.onnx; give a name that ends in \.pt"):
        check_out(subject, tmp_path / "new.onnx", force=False)
    with pytest.raises(BadUsage, match=r"ends in \.pt2 \(your own module"):
        check_out(load_subject(own), tmp_path / "new.pt", force=False)
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(BadUsage, match="exists"):
        check_out(subject, tmp_path / "folder.pt", force=True)
