"""How much a model would miss each unit: one number per unit, larger is more.

magnitude   |what writes it| * |what reads it|; needs no data. Li et al. 2017, arXiv:1608.08710;
            the factor of a BatchNorm stands for the weights before it, as in Liu et al. 2017,
            "Network Slimming", arXiv:1708.06519.
taylor      the squared change of the loss when the unit is silenced, to first order:
            (dL/dgate)^2 with a gate of 1 on what its readers see. Molchanov et al. 2019,
            arXiv:1906.10771, equation 8.
entropy     for heads: how focused they are (edgeattn/pruning/entropy.py); magnitude for others.

Each is divided by its mean over the group, so that unlike groups can be compared: gesture-hybrid at
half its multiply-accumulates keeps 89 % of the test photos with Taylor scores so divided and 37 %
with them as they are, which emptied the MLPs (docs/measurements/pruning.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from edgeattn.models.narrow import NORMS
from edgeattn.pruning.entropy import focus
from edgeattn.pruning.group import Group, Share
from edgeattn_runtime.errors import BadData, BadUsage, BrokenModel

SCORES = ("magnitude", "taylor", "entropy")
Batches = Iterable[tuple[tuple[Tensor, ...], Tensor | None]]  # inputs [n, ...], labels [n]
Scores = Mapping[str, Tensor]  # by group name, float64 [units]


def score(method: str, module: nn.Module, groups: Sequence[Group], batches: Batches) -> Scores:
    """Return the score of every unit.

    Args:
        method: One of `SCORES`.
        module: In eval mode; not changed.
        groups: Of `module`.
        batches: Samples to judge with; labels are needed for `taylor`.
    """
    if method not in SCORES:
        raise BadUsage(f"there is no score {method!r}; choose {', '.join(SCORES)}")
    if method == "taylor":
        found = taylor(module, groups, batches)
    else:
        found = magnitude(module, groups)
        if method == "entropy":
            found = {**found, **focus(module, groups, (x for x, _ in batches))}
    for name, values in found.items():
        bad = int((~torch.isfinite(values)).sum())
        if bad:
            raise BrokenModel(
                f"the {method} scores of {name} are not finite for {bad} of {len(values)} units; "
                "its weights or the loss overflow: train again, or choose another --score"
            )
    return {name: values / values.mean().clamp_min(1e-30) for name, values in found.items()}


@torch.no_grad()
def magnitude(module: nn.Module, groups: Sequence[Group]) -> dict[str, Tensor]:
    """Return the scores by size alone."""
    found = {}
    for group in groups:
        layers = [module.get_submodule(share.layer) for share in group.writers]
        norms = [isinstance(layer, NORMS) for layer in layers]
        written = torch.zeros(group.units, dtype=torch.float64)
        for share, layer, is_norm in zip(group.writers, layers, norms, strict=True):
            weight = layer.weight
            if is_norm == any(norms) and isinstance(weight, Tensor):
                axis = 1 if isinstance(layer, nn.Embedding) else 0
                rows = weight.double().movedim(axis, 0).flatten(1) if weight.ndim > 1 else weight
                written += _per_unit(rows.double().square().reshape(len(rows), -1).sum(1), share)
        read = torch.zeros(group.units, dtype=torch.float64)
        for share in group.readers:
            read += _per_unit(_columns(module, share).double().square().sum(1), share)
        found[group.name] = (written * read).sqrt()
    return found


def taylor(module: nn.Module, groups: Sequence[Group], batches: Batches) -> dict[str, Tensor]:
    """Return the mean squared change of the loss, one square per batch."""
    readers = {share.layer for group in groups for share in group.readers}
    weights = [module.get_parameter(f"{name}.weight") for name in sorted(readers)]
    wanted = [weight.requires_grad for weight in weights]
    found = {group.name: torch.zeros(group.units, dtype=torch.float64) for group in groups}
    count = 0
    try:
        for weight in weights:
            weight.requires_grad_(True)
        for x, y in batches:
            if y is None:
                raise BadData(
                    "the data have no labels, and the taylor score asks for the loss; add `y`, or "
                    "choose --score magnitude"
                )
            gradients = torch.autograd.grad(cross_entropy(module(*x), y), weights)
            by_layer = dict(zip(sorted(readers), gradients, strict=True))
            for group in groups:
                gate = torch.zeros(group.units, dtype=torch.float64)
                for share in group.readers:
                    slope = by_layer[share.layer].transpose(0, 1).flatten(1)
                    product = _columns(module, share) * slope
                    gate += _per_unit(product.detach().double().sum(1), share)
                found[group.name] += gate.square()
            count += 1
    finally:
        for weight, before in zip(weights, wanted, strict=True):
            weight.requires_grad_(before)
    return {name: values / max(1, count) for name, values in found.items()}


def _columns(module: nn.Module, share: Share) -> Tensor:
    """Return what a reader does with each channel: [channels, weights that read it]."""
    return module.get_parameter(f"{share.layer}.weight").transpose(0, 1).flatten(1)


def _per_unit(values: Tensor, share: Share) -> Tensor:
    """Sum values of channels [channels] over the channels of each unit: [units]."""
    return values[torch.tensor(share.channels)].sum(1)
