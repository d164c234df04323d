from __future__ import annotations

import torch

from edgeattn_converters.passes.collapse_layout import collapse_layout
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

X = normal(2, 6, 4)


def collapsed(function) -> dict[str, int]:
    result = rewrite_of(collapse_layout, program_of(function, X), X, relative=0)
    return dict(operators(result))


def test_collapse_layout_keeps_the_numbers_of_timms_qkv() -> None:
    def forward(x):
        q, k, v = x.reshape(2, 3, 2, 2, 2).permute(1, 0, 3, 2, 4).unbind(0)
        return q.relu() + k.exp() * v

    kinds = collapsed(forward)
    assert "unbind" not in kinds
    assert kinds["slice"] == kinds["reshape"] == kinds["permute"] == 3


def test_a_permutation_and_its_inverse_cancel() -> None:
    assert collapsed(lambda x: x.transpose(1, 2).relu().permute(0, 2, 1).transpose(1, 2)) == {
        "permute": 1, "relu": 1,
    }  # fmt: skip
    assert collapsed(lambda x: x.transpose(1, 2).transpose(1, 2).relu()) == {"relu": 1}


def test_one_way_through_a_chain_may_end_early() -> None:
    def forward(x):
        middle = x.transpose(1, 2)
        return middle.relu() + middle.reshape(8, 6).reshape(2, 4, 6)

    # Each end is written from the root; merge_duplicates joins what they share.
    assert collapsed(forward) == {"permute": 2, "relu": 1, "add": 1}


def test_collapse_layout_leaves_broadcasts_alone() -> None:
    assert collapsed(lambda x: x[:, None].expand(2, 3, 6, 4).relu())["expand"] == 1


def test_collapse_layout_leaves_gathers_alone() -> None:
    assert collapsed(lambda x: x[:, torch.tensor([2, 0])].relu())["index"] == 1


def test_collapse_layout_leaves_strides_alone() -> None:
    assert collapsed(lambda x: x[:, ::2].relu()) == {"slice": 1, "relu": 1}
