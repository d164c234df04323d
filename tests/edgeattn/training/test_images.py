from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn.data.data import Data
from edgeattn.training.images import image_tensors
from edgeattn_runtime.errors import BadData

Y = np.arange(4) % 2
X = np.linspace(0, 1, 4 * 3 * 8 * 8, dtype=np.float32).reshape(4, 3, 8, 8)


def test_images_and_labels_become_tensors_with_the_same_numbers() -> None:
    x, y = image_tensors(Data({"x": X.astype(np.float64)}, Y, None, "demo"), channels=3)
    assert (x.dtype, y.dtype) == (torch.float32, torch.int64)
    assert np.array_equal(x.numpy(), X)
    assert y.tolist() == Y.tolist()


def test_two_inputs_are_refused() -> None:
    with pytest.raises(BadData, match="pairs has the inputs left, right; training takes one"):
        image_tensors(Data({"left": X, "right": X}, Y, None, "pairs"), channels=3)


@pytest.mark.parametrize("shape", [(4, 1, 8, 8), (4, 48)])
def test_samples_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadData, match=r"the model takes images \[3, height, width\]"):
        image_tensors(Data({"x": np.zeros(shape, np.float32)}, Y, None, "grey"), channels=3)


def test_pixels_that_were_not_scaled_are_refused() -> None:
    with pytest.raises(BadData, match=r"raw has values from 0 to 255; .* pixels / 255"):
        image_tensors(Data({"x": X * 255}, Y, None, "raw"), channels=3)


def test_samples_without_labels_are_refused() -> None:
    with pytest.raises(BadData, match="bare has no labels; training needs one per sample"):
        image_tensors(Data({"x": X}, None, None, "bare"), channels=3)
