"""Rewrites of the captured Program, exact in float; their order is the tuple below."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch

from edgeattn_converters.passes.centre_keys import centre_keys
from edgeattn_converters.passes.channel_statistics import ChannelStatistics, observe_channels
from edgeattn_converters.passes.clip_masks import clip_masks
from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.passes.drop_identities import drop_identities
from edgeattn_converters.passes.equalise import equalise
from edgeattn_converters.passes.expand_attention import expand_attention
from edgeattn_converters.passes.fold_batch_norm import fold_batch_norm
from edgeattn_converters.passes.fold_constants import fold_constants
from edgeattn_converters.passes.fold_norm_affine import fold_norm_affine
from edgeattn_converters.passes.fold_scale import fold_scale
from edgeattn_converters.passes.fuse_gates import fuse_gates
from edgeattn_converters.passes.fuse_gelu import fuse_gelu
from edgeattn_converters.passes.fuse_layer_norm import fuse_layer_norm
from edgeattn_converters.passes.merge_duplicates import merge_duplicates
from edgeattn_converters.passes.name_products import name_products
from edgeattn_converters.passes.sink_reshape import sink_reshape
from edgeattn_converters.passes.smooth import smooth
from edgeattn_converters.passes.spell_padding import spell_padding
from edgeattn_converters.passes.spell_pools import spell_pools
from edgeattn_converters.passes.spell_roll import spell_roll
from edgeattn_converters.passes.split_projections import split_projections
from edgeattn_converters.passes.widen_signals import widen_signals
from edgeattn_converters.program import Program
from edgeattn_converters.recipe import Recipe

PASSES: tuple[Callable[[Program], Program], ...] = (
    fold_constants,  # the slices of a packed in_proj_weight become weights of their own
    drop_identities,
    merge_duplicates,
    fuse_layer_norm,  # needs the x - mean(x) that is written twice computed once
    fuse_gelu,
    fuse_gates,
    name_products,
    spell_padding,
    fold_batch_norm,
    widen_signals,  # its twins carry no batch norm
    spell_pools,
    expand_attention,
    fold_constants,  # masks that depend on nothing
    clip_masks,
    collapse_layout,
    sink_reshape,
    split_projections,  # needs the slices that collapse_layout puts first
    fold_scale,  # needs the query projection alone
    fold_norm_affine,  # needs every Linear behind the norm
    spell_roll,  # a norm's affine passes a roll, and not the cat it becomes
    merge_duplicates,
    collapse_layout,
)
"""The order; a pass may stand twice, the later one sees what the passes between uncovered."""

CALIBRATED: dict[str, Callable[[Program, ChannelStatistics], Program]] = {
    "centre_keys": centre_keys,
    "equalise": equalise,
    "smooth": smooth,
}
"""Passes that need real samples, by the switch of the recipe that asks for them.

They run behind the others, in any order: no two of them change the same activation.
"""


def apply_calibrated(
    program: Program, samples: Iterable[tuple[torch.Tensor, ...]], recipe: Recipe
) -> Program:
    """Return the Program after the passes of CALIBRATED that the recipe asks for."""
    wanted = [rewrite for switch, rewrite in CALIBRATED.items() if getattr(recipe, switch)]
    if not wanted or not recipe.int8:
        return program
    statistics = observe_channels(program, samples)
    for rewrite in wanted:
        program = rewrite(program, statistics)
    return program


def apply_passes(program: Program) -> Program:
    """Return the Program after all passes."""
    for rewrite in PASSES:
        program = rewrite(program)
    return program
