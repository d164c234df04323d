"""A group: units that can only leave a model together, and where they live in its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CHANNEL_STEP = 8
"""Channel counts stay multiples of this: the integer kernels of XNNPACK and ONNX Runtime work on
blocks of 8 (NEON) or 16 (AVX-512) output channels, and a block begun is a block paid for."""


@dataclass(frozen=True)
class Share:
    """The part of one layer that belongs to a group.

    Attributes:
        layer: Its path in the model.
        channels: Channels of the layer, by unit: each unit has its own, and as many as the others.
    """

    layer: str
    channels: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Group:
    """Units that several layers agree on: the heads of an attention, the channels of an MLP.

    Attributes:
        name: The layer that makes them.
        kind: "heads" or "channels".
        writers: Layers that make the units: their outputs shrink. Norms in between are writers too.
        readers: Layers that take them in: their inputs shrink. Without them a unit has no effect.
        attention: Path of the module whose number of heads changes; "heads" only.
    """

    name: str
    kind: str
    writers: tuple[Share, ...]
    readers: tuple[Share, ...]
    attention: str | None = None

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.readers[0].channels)

    @property
    def step(self) -> int:
        """What the number of units should stay a multiple of."""
        return CHANNEL_STEP if self.kind == "channels" else 1

    @property
    def least(self) -> int:
        """How many units must stay."""
        return min(self.step, self.units)


Kept = Mapping[str, tuple[int, ...]]
"""By group name, the units that stay, in ascending order; a group left out stays whole."""


def removed(group: Group, kept: Kept) -> tuple[int, ...]:
    """Return the units of a group that go."""
    stay = set(kept.get(group.name, range(group.units)))
    return tuple(unit for unit in range(group.units) if unit not in stay)


def channels_of(share: Share, units: tuple[int, ...]) -> list[int]:
    """Return the channels of some units, in ascending order.

    >>> channels_of(Share("qkv", ((0, 1, 4, 5), (2, 3, 6, 7))), (1,))
    [2, 3, 6, 7]
    """
    return sorted(channel for unit in units for channel in share.channels[unit])
