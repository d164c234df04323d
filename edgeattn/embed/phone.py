"""What the kits of both kinds of phones share: facts for templates, and the vectors that travel.

A phone proves its accelerator at the first start, so golden vectors are part of the app there, and
their number is a question of bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from edgeattn.embed.kit import Kit
from edgeattn.embed.texts import tokens_of
from edgeattn.embed.vectors import plain
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.preprocessing import Step

PROBE_BYTES = 1 << 20
"""Of golden inputs that travel in the app, so that it can prove an accelerator at first start."""


def phone_facts(kit: Kit) -> Mapping[str, Any]:
    """Return what the templates of every phone name beside the kit."""
    expected = kit.vectors.expected[kit.files[0].name]
    return {
        "kind": kit.kind,
        "tokens": tokens_of(kit),
        "samples": samples_of(kit),
        "expected": [
            (expected[port.name].dtype, plain(port.name))
            for port in kit.outputs
            if port.name in expected
        ],
        "raw": next(iter(kit.vectors.raw.values()), None),
        "prepared": next(iter(kit.vectors.prepared.values()), None),
        "rate": next(
            (s.options.get("rate") for s in kit.manifest.preprocessing if s.name == "frames"), None
        ),
        "sample": " x ".join(map(str, kit.inputs[0].shape[1:])) + " numbers",
    }


def calculated(kit: Kit) -> tuple[Step, ...]:
    """Return the steps behind reading the numbers, which gives float32 already."""
    return tuple(step for step in kit.steps if step.name != "cast")


def samples_of(kit: Kit) -> int:
    """Return how many batches of golden vectors go with the app: at least one.

    Raises:
        BadUsage: There is not even one.
    """
    batch = kit.inputs[0].shape[0]
    count = kit.vectors.count // batch
    if count == 0:
        raise BadUsage(
            f"the model takes batches of {batch}, and the bundle's golden vectors are only "
            f"{kit.vectors.count}; convert the model with a batch of 1"
        )
    size = sum(len(vector.content) for vector in kit.vectors.inputs.values()) // kit.vectors.count
    return min(count, max(1, PROBE_BYTES // (size * batch)))


def golden_of_app(kit: Kit, content: bytes) -> bytes:
    """Return the part of all golden samples that goes with the app."""
    share = samples_of(kit) * kit.inputs[0].shape[0]
    return content[: len(content) // kit.vectors.count * share]


def float_literal(number: float) -> str:
    """Return a float32 as Swift, and with an `f` behind it Kotlin, reads it back to the last bit.

    >>> float_literal(1 / 255)
    '3.921569e-03'
    """
    return np.format_float_scientific(np.float32(number), trim="0")
