"""How focused each attention head is: 1 when every token looks at one other, 0 when at all alike.

The entropy of the softmax's rows, H / log(keys), is caught while the model runs, so that it works
for any module whose scores have a dimension per head. A head that looks everywhere alike gives
the mean of the values, which the next layer hardly misses: Voita et al. 2019, arXiv:1905.09418
("confidence"), by entropy as in Hao et al. 2021, arXiv:2004.11207.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from edgeattn.pruning.group import Group
from edgeattn_runtime.errors import BadUsage

SOFTMAXES = (torch.softmax, Tensor.softmax, functional.softmax)


@torch.no_grad()
def focus(
    module: nn.Module, groups: Sequence[Group], inputs: Iterable[tuple[Tensor, ...]]
) -> dict[str, Tensor]:
    """Return one minus the mean relative entropy of every head, by group name, float64 [heads].

    Args:
        module: In eval mode.
        groups: Of `module`; those of heads are looked at.
        inputs: Batches [n, ...] to run it on.
    """
    heads = {group.attention: group for group in groups if group.attention is not None}
    spread = {name: torch.zeros(group.units, dtype=torch.float64) for name, group in heads.items()}
    count = dict.fromkeys(heads, 0)
    running: list[str] = []  # the attention modules that are being run, outermost first

    def seen(weights: Tensor) -> None:
        if running and weights.ndim == 4 and weights.shape[1] == heads[running[-1]].units:
            spread[running[-1]] += _entropy(weights)
            count[running[-1]] += 1

    def enter(name: str, *_: Any) -> None:
        running.append(name)

    def leave(*_: Any) -> None:
        running.pop()

    hooks = []
    for name in heads:
        attention = module.get_submodule(name)
        hooks += [
            attention.register_forward_pre_hook(partial(enter, name)),
            attention.register_forward_hook(leave),
        ]
    try:
        with _Watching(seen):
            for x in inputs:
                module(*x)
    finally:
        for hook in hooks:
            hook.remove()
    blind = [name for name, times in count.items() if not times]
    if blind:
        raise BadUsage(
            f"{blind[0]} has no softmax over [batch, {heads[blind[0]].units} heads, ...]; its "
            "heads have no entropy: choose --score taylor or magnitude"
        )
    return {group.name: 1 - spread[name] / count[name] for name, group in heads.items()}


def _entropy(weights: Tensor) -> Tensor:
    """Return the mean entropy of the rows of [batch, heads, tokens, keys], in [0, 1]: [heads]."""
    rows = torch.special.entr(weights.double()).sum(-1)  # [batch, heads, tokens]
    spread: Tensor = rows.mean((0, 2)) / math.log(max(2, weights.shape[-1]))
    return spread


class _Watching(TorchFunctionMode):
    """Show every softmax to a function."""

    def __init__(self, seen: Callable[[Tensor], None]) -> None:
        super().__init__()
        self.seen = seen

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func in SOFTMAXES:
            self.seen(result)
        elif func is functional.scaled_dot_product_attention:
            query, key = args[0], args[1]
            self.seen((query @ key.transpose(-2, -1) * query.shape[-1] ** -0.5).softmax(-1))
        return result
