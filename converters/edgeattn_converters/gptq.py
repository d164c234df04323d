"""Round weights one input at a time, and let the inputs not yet rounded make up for the error.

A layer's result is W x. Rounding weight i errs by e x_i; a part of that can be taken back by
changing the weights of inputs that rise and fall with x_i. How much follows from H, the second
moments of the inputs; its inverse is walked through by Cholesky factors. Source: Frantar et al.
2023, "GPTQ", arXiv:2210.17323, algorithm 1; heaviest inputs first, as its authors' `act_order`.
"""

from __future__ import annotations

import torch

DAMPING = 0.01
"""Of the mean of H's diagonal, added to it: inputs that never varied would make it singular."""

BLOCK = 128
"""Columns between two corrections of all the columns behind them; any number gives the same."""


def gptq(weights: torch.Tensor, moments: torch.Tensor, levels: int) -> torch.Tensor:
    """Return integers at which W x changes less than at the nearest ones.

    Args:
        weights: float64 [groups, out, in]: in integer steps, so within about +-levels.
        moments: float64 [groups, in, in]: sums of x x' over real inputs of each group.
        levels: The largest integer: 127 or 63 for 8 bits, 7 for 4.

    Returns:
        float64 [groups, out, in]: whole numbers. A channel for which the nearest ones err less
        on these very inputs has the nearest ones.

    Raises:
        ValueError: Moments that are NaN or infinite.
    """
    if not moments.isfinite().all():
        raise ValueError("the moments of a layer's inputs are not finite; calibrate it first")
    nearest = weights.round().clamp(-levels, levels)
    order = moments.diagonal(dim1=1, dim2=2).argsort(dim=1, descending=True, stable=True)
    sorted_weights = weights.gather(2, order[:, None].expand_as(weights))
    sorted_moments = torch.stack([h[o][:, o] for h, o in zip(moments, order, strict=True)])
    compensated = _compensated(sorted_weights, _factor(sorted_moments), levels)
    found = torch.empty_like(weights).scatter_(2, order[:, None].expand_as(weights), compensated)
    better = output_error(found - weights, moments) < output_error(nearest - weights, moments)
    return torch.where(better[..., None], found, nearest)


def output_error(errors: torch.Tensor, moments: torch.Tensor) -> torch.Tensor:
    """Return by how much each output is off, squared and summed over the inputs: e' H e.

    Args:
        errors: [groups, out, in]: rounded minus exact weights.
        moments: [groups, in, in].

    Returns:
        [groups, out].
    """
    return ((errors @ moments) * errors).sum(-1)


def _factor(moments: torch.Tensor) -> torch.Tensor:
    """Return the upper U with inverse(H) = U' U for a damped H, [groups, in, in].

    H = M M' with M upper is Cholesky's H = L L' with rows and columns in reverse; U = inverse(M).
    """
    diagonal = moments.diagonal(dim1=1, dim2=2)
    damping = DAMPING * diagonal.mean(1, keepdim=True)
    damping = torch.where(damping > 0, damping, 1.0)  # inputs that are zero throughout
    while True:
        damped = moments + torch.diag_embed(damping.expand_as(diagonal))
        lower, failed = torch.linalg.cholesky_ex(damped.flip(1, 2))
        if not failed.any():
            break
        damping = damping * 10  # a centred H of constant inputs is rounding noise, not positive
    upper = lower.flip(1, 2)
    one = torch.eye(upper.shape[1], dtype=upper.dtype)
    factor: torch.Tensor = torch.linalg.solve_triangular(upper, one.expand_as(upper), upper=True)
    return factor


def _compensated(weights: torch.Tensor, factor: torch.Tensor, levels: int) -> torch.Tensor:
    """Round column after column, correcting those that are still to come."""
    weights, rounded = weights.clone(), torch.empty_like(weights)
    inputs = weights.shape[2]
    for start in range(0, inputs, BLOCK):
        end = min(start + BLOCK, inputs)
        errors = torch.zeros_like(weights[:, :, start:end])
        for column in range(start, end):
            exact = weights[:, :, column]
            rounded[:, :, column] = exact.round().clamp(-levels, levels)
            error = (exact - rounded[:, :, column]) / factor[:, column, column, None]
            errors[:, :, column - start] = error
            row = factor[:, None, column, column:end]
            weights[:, :, column:end] -= error[..., None] * row
        weights[:, :, end:] -= errors @ factor[:, start:end, end:]
    return rounded
