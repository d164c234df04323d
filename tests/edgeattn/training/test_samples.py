from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from edgeattn.data.data import Data
from edgeattn.training.samples import kind_of, model_samples
from edgeattn.training.splits import Splits
from edgeattn_runtime.errors import BadData

Y = np.arange(4) % 2


class Two(nn.Module):
    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return ids + mask


def test_inputs_go_to_the_parameters_of_their_name() -> None:
    ids, mask = np.full((4, 5), 7, np.int32), np.ones((4, 5), np.float32)
    found = model_samples(Data({"mask": mask, "ids": ids}, Y, None, "texts"), Two(), (1, 5))
    assert [part.dtype for part in found.x] == [torch.int32, torch.float32]
    assert (found.kind, len(found)) == ("text", 4)
    assert len(found.rows(slice(0, 3))) == 3


def test_each_kind_is_told_by_its_arrays(kind: str, toy: tuple[str, Splits]) -> None:
    assert kind_of(toy[1].train.x) == kind
    assert kind_of({"x": np.zeros((1, 3, 8, 8), np.float32)}) == "photos"


def test_unknown_inputs_are_refused() -> None:
    data = Data({"left": np.zeros((4, 5)), "mask": np.zeros((4, 5))}, Y, None, "pairs")
    with pytest.raises(BadData, match="pairs has the inputs left, mask; the model takes ids, mask"):
        model_samples(data, Two(), (1, 5))


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (
            np.zeros((4, 6), np.float32),
            Y,
            r"short has samples of shape \[6\]; the model takes \[5\]",
        ),
        (np.zeros((4, 5), np.float32), None, "short has no labels"),
    ],
)
def test_samples_that_do_not_fit_are_refused(x: Any, y: Any, message: str) -> None:
    with pytest.raises(BadData, match=message):
        model_samples(Data({"x": x}, y, None, "short"), nn.Identity(), (1, 5))
