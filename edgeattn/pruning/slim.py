"""Groups and what stays of them -> a smaller model, or the same one with the rest silenced."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import nn

from edgeattn.models.narrow import narrow, widths
from edgeattn.models.pruned import head_attribute
from edgeattn.pruning.group import Group, Kept, channels_of, removed


def slimmer(module: nn.Module, groups: Sequence[Group], kept: Kept) -> nn.Module:
    """Return a new model without the units that do not stay; `module` is not changed.

    It gives the numbers of `silenced`, up to the order of summation.
    """
    small = copy.deepcopy(module)
    gone: dict[tuple[str, int], set[int]] = {}  # (layer, 0 written or 1 read) -> channels
    for group in groups:
        units = removed(group, kept)
        for axis, shares in enumerate((group.writers, group.readers)):
            for share in shares:
                gone.setdefault((share.layer, axis), set()).update(channels_of(share, units))
        if group.attention is not None and units:
            attention = small.get_submodule(group.attention)
            attribute = head_attribute(attention)
            assert attribute is not None  # so the group was found
            setattr(attention, attribute, group.units - len(units))
    for (name, axis), channels in gone.items():
        if channels:
            layer = small.get_submodule(name)
            size = widths(layer)
            assert size is not None  # so the group was found
            stay = torch.tensor([c for c in range(size[axis]) if c not in channels])
            narrow(layer, **{("out", "inside")[axis]: stay})
    return small


@torch.no_grad()
def silenced(module: nn.Module, groups: Sequence[Group], kept: Kept) -> nn.Module:
    """Return a new model of the same shape in which nothing reads the units that do not stay."""
    mute = copy.deepcopy(module)
    for group in groups:
        for share in group.readers:
            channels = channels_of(share, removed(group, kept))
            layer = mute.get_submodule(share.layer)
            assert isinstance(layer.weight, nn.Parameter), share.layer
            layer.weight[:, channels] = 0
    return mute
