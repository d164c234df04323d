from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn.models.attention import WindowedAttention
from tests.edgeattn.models.attention.reference import Array, array, inside_set, rounding

Pair = tuple[int, int]


def twin(attention: WindowedAttention, x: Array, *, shifted: bool) -> Array:
    """One image, token by token: which tokens share a window, and what lies between them.

    A window's tokens attend alone, so windows that the shift cut are smaller sets here, where the
    module masks full ones.
    """
    grid, window = attention.grid, attention.window
    shift = [m // 2 if shifted and m < n else 0 for m, n in zip(window, grid, strict=True)]
    places = [(row, column) for row in range(grid[0]) for column in range(grid[1])]

    def set_of(place: Pair) -> Pair:
        row, column = ((p - s) // m for p, s, m in zip(place, shift, window, strict=True))
        return row, column  # -1 is the part of a window that the edge cut off

    table = None if attention.offset_bias is None else array(attention.offset_bias)
    out = np.zeros_like(x)
    for name in {set_of(place) for place in places}:
        members = [i for i, place in enumerate(places) if set_of(place) == name]
        bias = np.zeros((attention.heads, len(members), len(members)))
        for a, i in enumerate(members):
            for b, j in enumerate(members):
                down, right = (p - q for p, q in zip(places[i], places[j], strict=True))
                number = (down + window[0] - 1) * (2 * window[1] - 1) + right + window[1] - 1
                bias[:, a, b] = 0.0 if table is None else table[number]
        out[members] = inside_set(attention, x[members], bias)
    return out


@pytest.mark.parametrize("position_bias", [False, True])
@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize(
    ("grid", "window"),
    [((4, 6), (2, 3)), ((6, 6), (3, 3)), ((1, 12), (1, 4)), ((2, 6), (2, 2)), ((3, 3), (3, 3))],
)
def test_windowed_attention_equals_its_numpy_twin(
    grid: Pair, window: Pair, shifted: bool, position_bias: bool
) -> None:
    torch.manual_seed(0)
    attention = WindowedAttention(
        8, heads=2, grid=grid, window=window, shifted=shifted, position_bias=position_bias
    )
    if attention.offset_bias is not None:
        torch.nn.init.normal_(attention.offset_bias)
    x = torch.randn(2, grid[0] * grid[1], 8)
    expected = np.stack([twin(attention, array(image), shifted=shifted) for image in x])
    np.testing.assert_allclose(array(attention(x)), expected, atol=rounding(expected))


def test_windows_do_not_hear_of_each_other() -> None:
    attention = WindowedAttention(8, heads=2, grid=(2, 4), window=(2, 2))
    x = torch.randn(1, 8, 8)
    changed = x.clone()
    changed[:, 0] += 1  # the left window holds columns 0 and 1
    same = (attention(x) == attention(changed)).all(-1).reshape(2, 4)
    assert same.tolist() == [[False, False, True, True]] * 2


def test_a_checkpoint_holds_no_masks() -> None:
    attention = WindowedAttention(8, heads=2, grid=(4, 4), window=(2, 2), shifted=True)
    names = {name.split(".")[0] for name in attention.state_dict()}
    assert names == {"qkv", "out", "offset_bias"}


@pytest.mark.parametrize(("grid", "window"), [((4, 6), (3, 3)), ((4, 6), (2, 4)), ((4, 6), (0, 2))])
def test_windows_that_do_not_tile_the_grid_are_refused(grid: Pair, window: Pair) -> None:
    with pytest.raises(ValueError, match=f"windows of {window[0]}x{window[1]} do not tile a grid"):
        WindowedAttention(8, heads=2, grid=grid, window=window)
