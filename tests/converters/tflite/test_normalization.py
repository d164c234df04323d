from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.converters.tflite.files import both


@pytest.mark.parametrize("affine", [True, False])
def test_layer_norm_keeps_the_numbers(affine):
    norm = nn.LayerNorm(32, eps=1e-6, elementwise_affine=affine)
    if affine:
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    x = torch.randn(1, 10, 32) * 3 + 1
    expected, file = both(norm, x)
    np.testing.assert_allclose(file(x), expected, rtol=1e-5, atol=1e-5)


def test_layer_norm_of_a_large_mean_does_not_cancel():
    x = torch.randn(1, 4, 64) + 1000
    expected, file = both(nn.LayerNorm(64), x)
    # float32 resolves 6e-5 at 1000, so x - mean carries that error; E[x^2] - E[x]^2 loses 6e-2.
    np.testing.assert_allclose(file(x), expected, atol=2e-4)


def test_layer_norm_over_two_axes_keeps_the_numbers():
    x = torch.randn(2, 6, 4, 8)
    expected, file = both(nn.LayerNorm((4, 8)), x)
    np.testing.assert_allclose(file(x), expected, rtol=1e-5, atol=1e-5)


def test_rms_norm_keeps_the_numbers():
    norm = nn.RMSNorm(16)
    nn.init.normal_(norm.weight)
    x = torch.randn(1, 5, 16)
    expected, file = both(norm, x)
    np.testing.assert_allclose(file(x), expected, rtol=1e-5, atol=1e-5)
