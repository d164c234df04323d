"""Which units of a model can only leave together: traced by torch-pruning, and then tried.

torch-pruning follows the channels through autograd's graph (Fang et al. 2023, "DepGraph",
arXiv:2301.12900); see docs/decisions/0017-torch-pruning.md. What it finds is believed when
removing a unit gives the same numbers as silencing it.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from edgeattn.models.narrow import CONVOLUTIONS, is_depthwise, widths
from edgeattn.models.pruned import head_attribute
from edgeattn.pruning.group import Group, Kept, Share
from edgeattn.pruning.slim import silenced, slimmer
from edgeattn_runtime.errors import BrokenModel

SAME = 1e-9  # of the largest output, in float64
MAKERS = (nn.Linear, *CONVOLUTIONS)


@dataclass(frozen=True)
class Dependencies:
    """What can be pruned in a model, and what cannot.

    Attributes:
        groups: In the order of the model's layers.
        kept: By the name of the layer that makes them, why channels stay as they are.
    """

    groups: tuple[Group, ...]
    kept: dict[str, str]


@dataclass(frozen=True)
class _Member:
    """One layer of a group: its channels, and the channel of the root that each belongs to."""

    layer: nn.Module | None  # None for a parameter outside any layer
    name: str
    writes: bool
    channels: tuple[int, ...]
    roots: tuple[int, ...]


def find_dependencies(module: nn.Module, example_inputs: tuple[Tensor, ...]) -> Dependencies:
    """Return the groups of a model.

    Args:
        module: In eval mode; not changed.
        example_inputs: One sample, batch first.

    Raises:
        BrokenModel: The model cannot be followed at all.
    """
    import torch_pruning  # type: ignore[import-untyped]

    model = copy.deepcopy(module).requires_grad_(True)
    names = {id(layer): name for name, layer in model.named_modules()}
    order = {name: place for place, name in enumerate(names.values())}
    graph = torch_pruning.DependencyGraph()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "Unwrapped parameters": they are refused below
            graph.build_dependency(model, example_inputs=example_inputs)
            found = list(graph.get_all_groups(root_module_types=list(MAKERS)))
    except Exception as error:  # whatever a foreign model or the library raises
        recurrent = [layer for layer in model.modules() if isinstance(layer, nn.RNNBase)]
        why = (
            f"its {type(recurrent[0]).__name__} ties them over time"
            if recurrent
            else f"{type(error).__name__}: {error}"
        )
        raise BrokenModel(
            f"the channels of {type(module).__name__} cannot be followed ({why}); "
            "prune a model of convolutions, Linears and attention whose forward runs on one sample"
        ) from error
    groups, kept = [], {}
    for traced in found:
        members = list(_members(traced, names))
        root = members[0].name
        if all(member.writes for member in members):
            continue  # nobody reads it: an output of the model
        attention = _attention_around(model, members)
        if attention is not None:
            members = _from_reader(graph, members, names)
        group = _as_group(members, root, attention, model)
        reason = group if isinstance(group, str) else _difference(module, group, example_inputs)
        if isinstance(group, Group) and reason is None:
            groups.append(group)
        else:
            kept[root] = str(reason)
    return Dependencies(tuple(sorted(groups, key=lambda one: order[one.name])), kept)


def _members(traced: Any, names: dict[int, str]) -> Iterator[_Member]:
    """Yield the layers of a group; operators without weights are left out."""
    for item in traced:
        target = item.dep.target.module
        parameter = isinstance(target, nn.Parameter)
        if parameter or id(target) in names:
            yield _Member(
                None if parameter else target,
                "" if parameter else names[id(target)],
                item.dep.handler.__name__ == "prune_out_channels",
                tuple(int(channel) for channel in item.idxs),
                tuple(int(root) for root in item.root_idxs),
            )


def _attention_around(model: nn.Module, members: Sequence[_Member]) -> str | None:
    """Return the attention module that all members lie in, or None."""
    around: set[str | None] = set()
    for member in members:
        path = member.name.split(".")
        parents = (".".join(path[:end]) for end in range(len(path) - 1, -1, -1))
        around.add(next((p for p in parents if head_attribute(model.get_submodule(p))), None))
    return around.pop() if len(around) == 1 else None


def _from_reader(graph: Any, members: Sequence[_Member], names: dict[int, str]) -> list[_Member]:
    """Return the same group seen from the layer that reads it.

    There one channel is one channel of one head, and Q, K and V each have a counterpart of it,
    whether one Linear makes them or three.
    """
    import torch_pruning

    reader = next(member for member in members if not member.writes)
    conv = isinstance(reader.layer, CONVOLUTIONS)
    prune = torch_pruning.prune_conv_in_channels if conv else torch_pruning.prune_linear_in_channels
    traced = graph.get_pruning_group(reader.layer, prune, list(range(len(reader.channels))))
    return list(_members(traced, names))


def _as_group(
    members: Sequence[_Member], name: str, attention: str | None, model: nn.Module
) -> Group | str:
    """Return the group, or why it has to stay as it is."""
    readers = [member for member in members if not member.writes]
    width = len(set(readers[0].channels)) if attention is not None else len(members[0].channels)
    units = width
    if attention is not None:
        module = model.get_submodule(attention)
        units = int(getattr(module, str(head_attribute(module))))
        if units < 1 or width % units:
            return f"{width} channels do not divide into its {units} heads"
    shares: dict[bool, list[Share]] = {True: [], False: []}
    for member in members:
        reason = _obstacle(member)
        if reason:
            return reason
        per_unit: list[list[int]] = [[] for _ in range(units)]
        for channel, root in zip(member.channels, member.roots, strict=True):
            per_unit[root * units // width].append(channel)
        assert member.layer is not None  # or there is an obstacle
        size = widths(member.layer)
        whole = size is not None and len(member.channels) == size[0 if member.writes else 1]
        if not whole or len({len(channels) for channels in per_unit}) > 1:
            return f"{member.name} shares a part of its channels only (split, joined or repeated)"
        share = Share(member.name, tuple(tuple(sorted(channels)) for channels in per_unit))
        shares[member.writes].append(share)
    kind = "channels" if attention is None else "heads"
    return Group(name, kind, tuple(shares[True]), tuple(shares[False]), attention)


def _obstacle(member: _Member) -> str | None:
    if member.layer is None:
        return "a learnt parameter outside any layer spans these channels"
    kind = type(member.layer).__name__
    if isinstance(member.layer, (nn.LayerNorm, nn.GroupNorm)):
        return f"{member.name}, a {kind}, takes its mean over them: what stays would change"
    if widths(member.layer) is None or (not member.writes and is_depthwise(member.layer)):
        return f"{member.name}, a {kind}, is not narrowed by this version"
    return None


@torch.no_grad()
def check_same(
    module: nn.Module,
    small: nn.Module,
    groups: Sequence[Group],
    kept: Kept,
    example_inputs: tuple[Tensor, ...],
) -> None:
    """Raise BrokenModel unless `small` gives what `module` gives with the rest silenced."""
    error = _distance(small, silenced(module, groups, kept), example_inputs)
    if not error <= SAME:
        raise BrokenModel(
            f"the pruned {type(module).__name__} is off by {error:.1g} of its largest output from "
            "the model with the same units silenced; its groups depend on each other: prune by "
            "--heads or --channels alone"
        )


@torch.no_grad()
def _difference(module: nn.Module, group: Group, example: tuple[Tensor, ...]) -> str | None:
    """Remove one unit on trial; return what is wrong with the result, or None."""
    if group.units < 2:
        return "a single unit cannot be spared"
    trial = {group.name: tuple(range(1, group.units))}
    try:
        small = slimmer(module, [group], trial)
        error = _distance(small, silenced(module, [group], trial), example)
    except Exception as fault:  # a forward that counts on its old width, in whatever way
        return f"without one of its units the model does not run ({type(fault).__name__}: {fault})"
    return None if error <= SAME else f"removing a unit is not silencing it: off by {error:.1g}"


def _distance(one: nn.Module, other: nn.Module, example: tuple[Tensor, ...]) -> float:
    """Return how far two models are apart, relative to the largest output; NaN stays NaN.

    In float64, where the order of summation costs 1e-15: a unit of an untrained model may move the
    outputs by less than float32 can tell from noise.
    """
    doubled = tuple(part.double() if part.is_floating_point() else part for part in example)
    found, wanted = (_first(copy.deepcopy(model).double()(*doubled)) for model in (one, other))
    if found.shape != wanted.shape:
        return float("inf")
    return float((found - wanted).abs().max() / wanted.abs().max().clamp_min(1e-12))


def _first(outputs: Any) -> Tensor:
    while isinstance(outputs, (tuple, list)):
        outputs = outputs[0]
    if not isinstance(outputs, Tensor):
        raise TypeError(f"forward returned a {type(outputs).__name__}")
    return outputs
