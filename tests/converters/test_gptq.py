"""GPTQ: less error of the result than the nearest integers give, and never more."""

from __future__ import annotations

import itertools

import pytest
import torch

from edgeattn_converters import gptq as module
from edgeattn_converters.gptq import gptq, output_error


def correlated(groups: int, inputs: int, rows: int, seed: int = 0) -> torch.Tensor:
    """Return the second moments of inputs that rise and fall together, [groups, in, in]."""
    random = torch.Generator().manual_seed(seed)
    mix = torch.randn(groups, inputs, inputs, generator=random, dtype=torch.float64)
    mix += 2 * torch.ones(inputs, inputs)
    x = torch.randn(groups, rows, inputs, generator=random, dtype=torch.float64) @ mix
    return x.transpose(1, 2) @ x


def weights(groups: int, out: int, inputs: int, levels: int) -> torch.Tensor:
    random = torch.Generator().manual_seed(1)
    found = torch.randn(groups, out, inputs, generator=random, dtype=torch.float64)
    return found / found.abs().amax(2, keepdim=True) * levels


def nearest(exact: torch.Tensor, levels: int) -> torch.Tensor:
    return exact.round().clamp(-levels, levels)


@pytest.mark.parametrize("levels", [127, 63, 7])
@pytest.mark.parametrize(("groups", "out", "inputs"), [(1, 16, 200), (8, 1, 9), (3, 4, 18)])
def test_the_result_errs_less_and_no_channel_errs_more(groups, out, inputs, levels) -> None:
    exact, h = weights(groups, out, inputs, levels), correlated(groups, inputs, rows=400)
    found = gptq(exact, h, levels)
    before = output_error(nearest(exact, levels) - exact, h)
    after = output_error(found - exact, h)
    assert (after <= before).all()
    assert after.sum() < 0.7 * before.sum()
    assert torch.equal(found, found.round())
    assert found.abs().max() <= levels


def test_half_of_what_can_be_gained_is_gained() -> None:
    exact, h = weights(1, 20, 6, 7), correlated(1, 6, rows=50)
    plain = output_error(nearest(exact, 7) - exact, h).sum()
    found = output_error(gptq(exact, h, 7) - exact, h).sum()
    # The best of rounding each of six weights down or up, all 64 ways.
    ways = torch.tensor(list(itertools.product([0.0, 1.0], repeat=6)), dtype=torch.float64)
    tried = exact.floor()[0, :, None] + ways - exact[0, :, None]  # [channels, ways, in]
    best = output_error(tried, h.expand(20, -1, -1)).amin(1).sum()
    assert found < (plain + best) / 2


def test_independent_inputs_change_nothing() -> None:
    exact = weights(1, 8, 20, 127)
    h = torch.diag(torch.arange(1.0, 21.0, dtype=torch.float64))[None]
    assert torch.equal(gptq(exact, h, 127), nearest(exact, 127))


def test_the_output_error_is_that_of_the_results() -> None:
    random = torch.Generator().manual_seed(0)
    x = torch.randn(30, 5, generator=random, dtype=torch.float64)
    e = torch.randn(1, 2, 5, generator=random, dtype=torch.float64)
    expected = (x @ e[0].T).square().sum(0)
    torch.testing.assert_close(output_error(e, (x.T @ x)[None])[0], expected)


@pytest.mark.parametrize("block", [1, 7, 64])
def test_the_block_makes_no_difference(monkeypatch, block) -> None:
    exact, h = weights(2, 4, 33, 7), correlated(2, 33, rows=200)
    expected = gptq(exact, h, 7)
    monkeypatch.setattr(module, "BLOCK", block)
    assert torch.equal(gptq(exact, h, 7), expected)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_fewer_rows_than_inputs_do_no_harm(rows) -> None:
    exact, h = weights(1, 4, 12, 127), correlated(1, 12, rows=rows)
    found = gptq(exact, h, 127)
    assert (output_error(found - exact, h) <= output_error(nearest(exact, 127) - exact, h)).all()


def test_inputs_that_are_always_zero_or_noise_around_zero_are_survived() -> None:
    exact, h = weights(1, 4, 6, 127), correlated(1, 6, rows=50)
    h[:, 2], h[:, :, 2] = 0, 0
    assert gptq(exact, h, 127).isfinite().all()
    noise = torch.randn(1, 6, 6, generator=torch.Generator().manual_seed(0)).double() * 1e-12
    assert gptq(exact, noise + noise.transpose(1, 2), 127).isfinite().all()


def test_moments_that_are_no_numbers_are_refused() -> None:
    h = correlated(1, 6, rows=50)
    h[0, 0, 0] = float("nan")
    with pytest.raises(ValueError, match="not finite; calibrate it first"):
        gptq(weights(1, 4, 6, 127), h, 127)
