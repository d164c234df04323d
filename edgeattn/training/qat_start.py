"""From a float model to one that trains with fake quantisation, and back to what `convert` takes.

Which operators are rounded is for an engine to say. Where files for several engines are wanted from
one training, what any of them rounds is rounded: a file that leaves it float is the better for it.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from edgeattn.training.fake_quant_model import thawed
from edgeattn.training.fake_quantised import FakeQuantised
from edgeattn_converters.calibrate import Ranges, Sample, calibrate
from edgeattn_converters.capture import capture
from edgeattn_converters.passes import apply_calibrated, apply_passes
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program, constant
from edgeattn_converters.recipe import Recipe
from edgeattn_converters.specialise.split_gates import split_hardswish, split_silu
from edgeattn_converters.trained import METHOD, Trained, places
from edgeattn_runtime.errors import BadUsage, CannotConvert

GATES = (split_silu, split_hardswish)
"""The forms of engines that add operators to round; the others only change layouts."""

NUDGE = 0.01  # added to weights, to see which constants depend on them


@dataclass(frozen=True, eq=False)
class Start:
    """A model that can be trained, and what it came from.

    Attributes:
        model: With fake quantisation.
        program: The float Program of one sample, as `convert` will make it again.
        samples: What ranges began with.
        policies: Whose rounding is trained.
    """

    model: FakeQuantised
    program: Program
    samples: tuple[Sample, ...]
    policies: tuple[Policy, ...]


def start_training(
    module: nn.Module,
    samples: Sequence[Sample],
    *,
    batch: int,
    name: str,
    recipe: Recipe,
    policies: Sequence[Policy],
) -> Start:
    """Return a trained float model, ready for quantisation-aware training.

    Args:
        module: In eval mode; left untouched.
        samples: One sample each; ranges begin with what they reach.
        batch: Samples of a training step.
        name: For messages.
        recipe: What `convert` will be asked for.
        policies: Of the engines to train for.

    Raises:
        BadUsage: A recipe or an engine without integer arithmetic.
        CannotConvert: Nothing of the model would run in int8, or not in a batch.
    """
    policy, recipe = one_policy(policies, recipe), decided(recipe, policies)
    first = samples[0]
    plain = apply_passes(capture(module, first, name=name))
    nudged = apply_passes(capture(_nudged(module), first, name=name))
    together = tuple(torch.cat([x] * batch) for x in first)
    batched = apply_passes(capture(module, together, name=name))
    repeated = _repeated(plain, batched, batch)
    ready = apply_calibrated(plain, samples, recipe)
    constants = {place: constant(ready, node) for place, node in places(ready)}
    for place in repeated:
        constants[place] = constants[place].expand(batch, *constants[place].shape[1:]).clone()
    program = Trained(constants, Ranges({})).applied_to(batched)
    for split in GATES:
        if all(split in one.int8_form for one in policies):
            program = split(program)
            ready = split(ready)
    ranges = calibrate(ready, samples)  # gates that were split have ranges of their own
    wanted = _trainable(plain, nudged)
    model = thawed(program, ranges, recipe, policy, wanted, repeated)
    if not model.rounds:
        raise CannotConvert(
            f"nothing of {name} runs in int8 on {policy.name}: there is nothing to train for; "
            "`edgeattn lint` says why"
        )
    return Start(model, plain, tuple(samples), tuple(policies))


def trained(start: Start, model: FakeQuantised, hashes: tuple[str, ...]) -> Trained:
    """Freeze a model: its weights, its ranges, and for what it does not round the ranges seen now.

    Args:
        start: What `start_training` returned.
        model: The same model after training, or the mean of its weights.
        hashes: sha256 of each of the samples.
    """
    names = tuple(policy.name for policy in start.policies)
    constants, bounds = model.constants(), model.bounds()
    program = Trained(constants, Ranges({})).applied_to(start.program)
    seen = calibrate(program, start.samples)
    ranges = Ranges(
        {**seen.bounds, **bounds},
        METHOD,
        hashes,
        seen.extremes,
        frozenset(seen.bounds.keys() - bounds.keys()),
    )
    return Trained(constants, ranges, names)


def one_policy(policies: Sequence[Policy], recipe: Recipe) -> Policy:
    """Return the policy that rounds whatever one of `policies` rounds.

    Raises:
        BadUsage: One of them, or the recipe, leaves arithmetic in float.
    """
    if not recipe.int8:
        raise BadUsage(f"recipe {recipe.name} is float: there is no rounding to train for")
    for one in policies:
        if one.weight_group is not None or "static" not in one.linears:
            raise BadUsage(
                f"{one.name} computes in float and only stores weights as int8, which costs next "
                "to no accuracy; train without --qat, or name another --target"
            )
    first, *others = policies
    if not others:
        return first
    return replace(
        first,
        name=" and ".join(one.name for one in policies),
        int8=frozenset.union(*(one.int8 for one in policies)),
        dynamic=frozenset.union(*(one.dynamic for one in policies)),
        four_bits=frozenset.union(*(one.four_bits for one in policies)),
        follows=frozenset.union(*(one.follows for one in policies)),
        float_result=frozenset.intersection(*(one.float_result for one in policies)),
        per_row=any(one.per_row for one in policies),
        symmetric=any(one.symmetric for one in policies),
        symmetric_right=any(one.symmetric_right for one in policies),
        weight_levels=min(one.weight_levels for one in policies),
        pairs_at=first.pairs_at if len({one.pairs_at for one in policies}) == 1 else "results",
        longest_core=None,
        reasons={what: why for one in reversed(policies) for what, why in one.reasons.items()},
    )


def decided(recipe: Recipe, policies: Sequence[Policy]) -> Recipe:
    """Return the recipe with the most rounding of those that `convert` will try."""
    cores = {core for one in policies for core in one.cores}
    most = next(core for core in ("int8", "scores", "float") if core in cores)
    return replace(
        recipe,
        core=most if recipe.core == "measure" else recipe.core,
        linears="static" if recipe.linears == "measure" else recipe.linears,
        smooth=False,  # it would add an operator that convert knows nothing of
    )


def _nudged(module: nn.Module) -> nn.Module:
    """Return a copy with other weights."""
    other = copy.deepcopy(module)
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in other.parameters():
            if weight.requires_grad and weight.is_floating_point():
                weight.add_(NUDGE * torch.rand(weight.shape, generator=random))
    return other


def _trainable(plain: Program, nudged: Program) -> set[str]:
    """Return the places whose constants depend on weights: a mask or a filter bank does not."""
    others = {place: constant(nudged, node) for place, node in places(nudged)}
    return {
        place
        for place, node in places(plain)
        if place not in others or not _equal(constant(plain, node), others[place])
    }


def _equal(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)


def _repeated(plain: Program, batched: Program, batch: int) -> set[str]:
    """Return the places whose constant stands once for every sample, as a class token does.

    Raises:
        CannotConvert: Another graph for several samples than for one: nothing could be put back.
    """
    one, many = (
        {place: constant(program, node) for place, node in places(program)}
        for program in (plain, batched)
    )
    unlike = {
        place
        for place in one.keys() | many.keys()
        if place not in one or place not in many or one[place].shape != many[place].shape
    }
    repeated = {
        place
        for place in unlike & one.keys() & many.keys()
        if len(many[place]) == batch
        and one[place].shape == (1, *many[place].shape[1:])
        and bool((many[place] == one[place]).all())
    }
    if unlike != repeated:
        raise CannotConvert(
            f"{plain.name} has other operators for {batch} samples than for one, first at "
            f"{min(unlike - repeated)}; write it so that its shapes do not depend on the batch"
        )
    return repeated
