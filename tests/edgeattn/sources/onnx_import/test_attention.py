import numpy as np
import pytest

from edgeattn.sources.onnx import load_onnx
from edgeattn_runtime.errors import CannotConvert


@pytest.mark.parametrize("causal", [0, 1])
def test_attention_of_four_axes_keeps_the_numbers(causal, same, noise):
    same("Attention", [noise(2, 3, 5, 4) for _ in range(3)], opset=23, is_causal=causal)


def test_attention_of_three_axes_and_shared_heads_keeps_the_numbers(same, noise):
    inputs = [noise(2, 5, 16), noise(2, 6, 8), noise(2, 6, 8)]
    same("Attention", inputs, opset=23, q_num_heads=4, kv_num_heads=2, scale=0.3)


def test_a_mask_of_attention_keeps_the_numbers(same, noise):
    mask = np.tile(np.array([True, True, False, True, False]), (1, 1, 5, 1))
    same("Attention", [*(noise(1, 2, 5, 4) for _ in range(3)), mask], opset=23)


def test_multi_head_attention_keeps_the_numbers(same, noise):
    inputs = [noise(2, 5, 8), noise(2, 5, 8), noise(2, 5, 8), noise(24)]
    same("MultiHeadAttention", inputs, [3], domain="com.microsoft", num_heads=2)


def test_a_cache_is_refused(operator_file, noise):
    inputs = [noise(1, 5, 8), noise(1, 5, 8), noise(1, 5, 8), *[None] * 3, noise(1, 2, 3, 4)]
    path = operator_file(
        "MultiHeadAttention", [*inputs, noise(1, 2, 3, 4)], domain="com.microsoft", num_heads=2
    )
    with pytest.raises(CannotConvert, match="past keys and values; export without a cache"):
        load_onnx(path)


@pytest.mark.parametrize("kind", ["Gelu", "FastGelu"])
def test_gelus_of_the_optimiser_keep_the_numbers(kind, both, noise):
    ((mine, other),) = both(kind, [noise(2, 8)], domain="com.microsoft")
    # ONNX Runtime's FastGelu approximates tanh by a polynomial: 1e-4 is its own error.
    np.testing.assert_allclose(mine, other, rtol=0, atol=1e-4)


def test_bias_gelu_keeps_the_numbers(same, noise):
    same("BiasGelu", [noise(2, 3, 8), noise(8)], [1], domain="com.microsoft")


def test_skip_layer_norm_keeps_the_numbers(same, noise):
    inputs = [noise(2, 3, 8), noise(2, 3, 8), noise(8), noise(8), noise(8)]
    same("SkipLayerNormalization", inputs, [2, 3, 4], domain="com.microsoft")
