"""What a rewrite of long attention is worth on LiteRT: the files with it and without it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from benchmarks.tflite_layers import Attention, written
from edgeattn_converters.policies.litert import LITERT_XNNPACK
from edgeattn_converters.policy import Policy
from edgeattn_converters.recipe import RECIPES
from edgeattn_converters.specialise.keys_by_row import keys_by_row
from edgeattn_converters.specialise.tile_attention import tile_attention

LEFT_OUT = {"": (), ", whole heads": (tile_attention,),
            ", whole heads, keys by column": (tile_attention, keys_by_row)}  # fmt: skip


def rewrite_forms(tokens: int, width: int, heads: int) -> dict[str, bytes]:
    """Return self-attention in fp32 and with an int8 core, as written and without rewrites."""
    recipe = replace(RECIPES["int8-core"], linears="static")
    made: dict[str, bytes] = {}
    for words, names in LEFT_OUT.items():
        files = written(
            partial(Attention, width, heads), (1, tokens, width),
            recipe=recipe, policy=without(LITERT_XNNPACK, names),
        )  # fmt: skip
        made |= {f"{name}{words}": content for name, content in files.items()}
    return dict(sorted(made.items()))  # fp32 first


def without(policy: Policy, rewrites: tuple[object, ...]) -> Policy:
    """Return a policy that leaves some rewrites out."""
    float_form, int8_form = (
        tuple(one for one in form if one not in rewrites)
        for form in (policy.float_form, policy.int8_form)
    )
    return replace(policy, float_form=float_form, int8_form=int8_form)
