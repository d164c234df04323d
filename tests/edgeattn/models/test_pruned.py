from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from edgeattn.models.hybrid import Hybrid
from edgeattn.models.pruned import (
    ARGUMENT,
    apply_record,
    build,
    drop_tokens,
    head_attribute,
    record_of,
)
from edgeattn_runtime.errors import BrokenModel

SMALL: dict[str, Any] = {"classes": 3, "widths": (8, 8, 16), "depth": 1, "heads": 4}
RECORD: dict[str, Any] = {
    "widths": {
        "stem.0.0": [6, None], "stem.0.1": [6, 6], "convolutions.0.widen.0.0": [None, 6],
        "blocks.0.attention.qkv.linear": [36, None], "blocks.0.attention.qkv.norm": [36, 36],
        "blocks.0.attention.out.linear": [None, 12],
    },
    "heads": {"blocks.0.attention": 3},
    "tokens": {"blocks.0.attention": 0.5},
}  # fmt: skip


def built(record: dict[str, Any] | None = None) -> Hybrid:
    model = Hybrid(**SMALL).eval()
    apply_record(model, record or {})
    return model


def test_a_record_is_what_it_made():
    assert record_of(built(RECORD), built()) == RECORD
    assert record_of(built(), built()) == {"widths": {}, "heads": {}, "tokens": {}}


def test_a_pruned_model_is_built_for_other_classes_too():
    widths = {**RECORD["widths"], "classifier": [None, 16]}
    model = build(Hybrid, {**SMALL, "classes": 7, ARGUMENT: {**RECORD, "widths": widths}})
    assert model(torch.rand(2, 3, 32, 32)).shape == (2, 7)


def test_a_narrowed_model_runs():
    model = built(RECORD)
    assert model(torch.rand(2, 3, 32, 32)).shape == (2, 3)
    assert model.blocks[0].attention.heads == 3


def test_a_pruned_checkpoint_comes_back_as_it_was_saved(tmp_path: Path):
    model = built(RECORD)
    arguments = {**SMALL, ARGUMENT: RECORD}
    content = Checkpoint(model, "gesture-hybrid", arguments, (), None, None)
    save_checkpoint(content, tmp_path / "small.pt")
    loaded = load_checkpoint(tmp_path / "small.pt")
    x = torch.rand(2, 3, 32, 32)
    assert torch.equal(loaded.module(x), model(x))
    assert loaded.arguments[ARGUMENT] == RECORD


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ({"widths": {"stem.9": [1, 1]}}, "no layer 'stem.9'"),
        ({"widths": {"stem.0.0": [9, 3]}}, r"from \[8, 3\] to \[9, 3\]"),
        ({"widths": {"stem.0.0": [0, 3]}}, r"from \[8, 3\] to \[0, 3\]"),
        ({"widths": {"stem.0.0": [True, 3]}}, "cannot be pruned from"),
        ({"widths": {"stem.0.0": "83"}}, "cannot be pruned from"),
        ({"widths": {"stem.1": [1, 1]}}, "a ReLU, has no width"),
        ({"heads": {"blocks.0.attention": 5}}, r"from \[4\] to \[5\]"),
        ({"heads": {"stem": 1}}, "has no heads"),
        ({"tokens": {"blocks.0.attention": 1.5}}, "keep 1.5 of its tokens"),
        ({"tokens": {"blocks.0.mlp": 0.5}}, "a Sequential, cannot drop tokens"),
        ({"colour": {}}, "how colour were pruned"),
    ],
    ids=str,
)
def test_a_record_that_does_not_fit_is_a_broken_checkpoint(
    tmp_path: Path, record: dict[str, Any], fault: str
):
    with pytest.raises(ValueError, match=fault):
        apply_record(built(), record)
    path = tmp_path / "bad.pt"
    save_checkpoint(
        Checkpoint(built(), "gesture-hybrid", {**SMALL, ARGUMENT: record}, (), None, None), path
    )
    with pytest.raises(BrokenModel, match=r"cannot be built from its arguments \(.*" + fault):
        load_checkpoint(path)


@pytest.mark.parametrize("record", [7, {"widths": 7}, {"widths": {3: [1, 1]}}], ids=str)
def test_a_record_of_another_form_is_a_broken_checkpoint(tmp_path: Path, record: Any):
    path = tmp_path / "bad.pt"
    save_checkpoint(
        Checkpoint(built(), "gesture-hybrid", {**SMALL, ARGUMENT: record}, (), None, None), path
    )
    with pytest.raises(BrokenModel, match="cannot be built from its arguments"):
        load_checkpoint(path)


def test_dropping_tokens_keeps_weights_and_mode():
    model = built()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    drop_tokens(model, "blocks.0.attention", 0.5)
    after = model.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert not any(part.training for part in model.modules())


def test_heads_are_known_by_any_of_their_usual_names():
    assert head_attribute(built().blocks[0].attention) == "heads"
    assert head_attribute(torch.nn.MultiheadAttention(8, 2)) == "num_heads"
    assert head_attribute(torch.nn.Linear(2, 2)) is None


def test_the_catalog_builds_what_it_always_built():
    entry = ZOO["gesture-hybrid"]
    assert sum(weight.numel() for weight in entry.build().parameters()) == entry.params
