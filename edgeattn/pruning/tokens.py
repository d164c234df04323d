"""Fewer tokens: every attention passes on the most attended ones only."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from edgeattn.models.attention import MultiHeadAttention
from edgeattn.models.pruned import drop_tokens
from edgeattn_runtime.errors import BadUsage


def fewer_tokens(module: nn.Module, rate: float, example_inputs: tuple[Tensor, ...]) -> nn.Module:
    """Return a new model in which a share of the tokens is gone at the end.

    Each of L attentions keeps (1 - rate) ** (1 / L) of what it gets, as PoWER-BERT drops them
    step by step (Goyal et al. 2020, arXiv:2001.08950). How many stay is static; which ones depends
    on the input, so there is no silenced twin of this model, and fine-tuning matters.

    Args:
        module: Not changed.
        rate: Share to remove, 0 <= rate < 1.
        example_inputs: One sample, to try the result on.

    Raises:
        BadUsage: The rate is out of range, or no attention of the model can drop tokens.
    """
    if not 0 <= rate < 1:
        raise BadUsage(f"--tokens is {rate:g}; give the share to remove, from 0 to below 1")
    small = copy.deepcopy(module)
    if rate == 0:
        return small
    names = [name for name, part in small.named_modules() if type(part) is MultiHeadAttention]
    if not names:
        raise BadUsage(
            f"--tokens is {rate:g}, but {type(module).__name__} has no multi-head attention of "
            "edgeattn.models.attention that could drop tokens; leave --tokens out"
        )
    for name in names:
        drop_tokens(small, name, (1 - rate) ** (1 / len(names)))
    try:
        with torch.no_grad():
            small(*example_inputs)
    except (AttributeError, RuntimeError, TypeError, ValueError) as error:
        raise BadUsage(
            f"--tokens is {rate:g}, but the blocks of {type(module).__name__} cannot go on with "
            f"fewer tokens ({type(error).__name__}: {error}); leave --tokens out"
        ) from error
    return small
