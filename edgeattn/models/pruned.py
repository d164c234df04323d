"""What pruning took from a model, as plain values that a checkpoint carries.

    {"widths": {"blocks.0.mlp.0.linear": [96, None]},  channels written and read, by layer;
                                                       None: as many as it was built with
     "heads": {"blocks.0.attention": 3},               heads left, by attention module
     "tokens": {"blocks.0": 0.7}}                      share of its tokens that a block keeps

It stands under `pruned` among a checkpoint's arguments: the model is built as it was first, then
narrowed, then filled with weights. So no builder has to know about pruning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from edgeattn.models.attention import MultiHeadAttention, PrunedAttention
from edgeattn.models.narrow import narrow, widths

ARGUMENT = "pruned"
HEADS = ("heads", "num_heads", "n_heads", "n_head", "nhead", "num_attention_heads")
"""What attention modules of the field call the number of their heads."""

Record = Mapping[str, Mapping[str, Any]]


def build(builder: Callable[..., nn.Module], arguments: Mapping[str, Any]) -> nn.Module:
    """Return a new model of these arguments, those of pruning included, without its weights."""
    own = {name: value for name, value in arguments.items() if name != ARGUMENT}
    module = builder(**own)
    apply_record(module, arguments.get(ARGUMENT, {}))
    return module


def head_attribute(module: nn.Module) -> str | None:
    """Return which attribute of a module says how many heads it has, or None."""
    own = vars(module)
    return next((name for name in HEADS if type(own.get(name)) is int), None)


def record_of(module: nn.Module, original: nn.Module) -> dict[str, dict[str, Any]]:
    """Return how `module` differs from the `original` that it was pruned from."""
    before = dict(original.named_modules())
    found: dict[str, dict[str, Any]] = {"widths": {}, "heads": {}, "tokens": {}}
    for name, layer in module.named_modules():
        now, then = widths(layer), widths(before[name])
        if now is not None and then is not None and now != then:
            found["widths"][name] = [a if a != b else None for a, b in zip(now, then, strict=True)]
        attribute = head_attribute(layer)
        if attribute and getattr(layer, attribute) != getattr(before[name], attribute):
            found["heads"][name] = getattr(layer, attribute)
        if isinstance(layer, PrunedAttention) and not isinstance(before[name], PrunedAttention):
            found["tokens"][name] = layer.keep
    return found


def apply_record(module: nn.Module, record: Record) -> None:
    """Narrow a model that was just built, in place; its weights mean nothing afterwards.

    Raises:
        ValueError: A layer does not exist, is of a kind that has no width, or would grow.
    """
    unknown = set(record) - {"widths", "heads", "tokens"}
    if unknown:
        raise ValueError(f"it says how {', '.join(sorted(unknown))} were pruned, which is unknown")
    layers = dict(module.named_modules())
    for name, kept in record.get("widths", {}).items():
        layer = _find(layers, name)
        most = widths(layer)
        if most is None:
            raise ValueError(f"{name}, a {type(layer).__name__}, has no width to be pruned")
        out, inside = _checked(name, kept, most)
        if out < most[0]:
            narrow(layer, out=torch.arange(out))
        if inside < most[1]:
            narrow(layer, inside=torch.arange(inside))
    for name, heads in record.get("heads", {}).items():
        layer = _find(layers, name)
        attribute = head_attribute(layer)
        if attribute is None:
            raise ValueError(f"{name}, a {type(layer).__name__}, has no heads")
        setattr(layer, attribute, *_checked(name, [heads], (getattr(layer, attribute),)))
    for name, keep in record.get("tokens", {}).items():
        _find(layers, name)
        drop_tokens(module, name, keep)


def drop_tokens(module: nn.Module, name: str, keep: float) -> None:
    """Let the attention called `name` pass on a share of its tokens only, in place."""
    attention = module.get_submodule(name)
    if type(attention) is not MultiHeadAttention:
        raise ValueError(f"{name}, a {type(attention).__name__}, cannot drop tokens")
    if not 0 < keep <= 1:
        raise ValueError(f"{name} would keep {keep} of its tokens; above 0 and at most 1 is needed")
    pruned = PrunedAttention(attention.heads, attention.heads, keep=keep)
    pruned.qkv, pruned.out = attention.qkv, attention.out
    parent, _, child = name.rpartition(".")
    setattr(module.get_submodule(parent), child, pruned.train(attention.training))


def _find(layers: Mapping[str, nn.Module], name: str) -> nn.Module:
    if name not in layers:
        raise ValueError(f"there is no layer {name!r} to be pruned")
    return layers[name]


def _checked(name: str, kept: Any, most: tuple[int, ...]) -> list[int]:
    if not isinstance(kept, (list, tuple)) or len(kept) != len(most):
        raise ValueError(f"{name} cannot be pruned from {list(most)} to {kept}")
    counts = [whole if some is None else some for some, whole in zip(kept, most, strict=True)]
    if not all(
        type(some) is int and 1 <= some <= whole for some, whole in zip(counts, most, strict=True)
    ):
        raise ValueError(f"{name} cannot be pruned from {list(most)} to {kept}")
    return counts
