"""What a pruning did, in figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from edgeattn.models.attention import PrunedAttention
from edgeattn.models.narrow import widths
from edgeattn.models.pruned import head_attribute
from edgeattn.pruning.cost import count_macs, count_parameters
from edgeattn.pruning.dependencies import Dependencies
from edgeattn.training.evaluate import confusion
from edgeattn.training.samples import Samples
from edgeattn_runtime.latency import RatioInterval


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """Before and after.

    Attributes:
        checkpoint: The new file.
        macs: Multiply-accumulates per sample, [before, after].
        parameters: Weights and biases, [before, after].
        heads: By attention module, [before, after].
        channels: By the layer that makes them, [before, after].
        tokens: By attention module, the share of its tokens that it passes on.
        kept: By layer, why its channels could not be pruned.
        split: What accuracy was counted on; None for data without labels.
        samples: How many samples that is.
        accuracy: [before, after], or None.
        latency_ratio: int8 latency, after / before, measured here; None when no goal asked for it.
        target_latency_ratio: The goal, or None.
    """

    checkpoint: Path
    macs: tuple[int, int]
    parameters: tuple[int, int]
    heads: dict[str, tuple[int, int]]
    channels: dict[str, tuple[int, int]]
    tokens: dict[str, float]
    kept: dict[str, str]
    split: str | None
    samples: int
    accuracy: tuple[float, float] | None
    latency_ratio: RatioInterval | None
    target_latency_ratio: float | None

    @classmethod
    def of(
        cls,
        before: nn.Module,
        after: nn.Module,
        found: Dependencies,
        *,
        out: Path,
        example: tuple[Tensor, ...],
        split: str | None,
        judged: int,
        accuracy: tuple[float, float] | None,
        latency_ratio: RatioInterval | None,
        target_latency_ratio: float | None,
    ) -> Pruned:
        """Compare two models."""
        heads, channels = {}, {}
        for group in found.groups:
            if group.attention is None:
                written = (_written(module, group.name) for module in (before, after))
                channels[group.name] = (next(written), next(written))
            else:
                heads[group.attention] = (
                    _heads(before, group.attention),
                    _heads(after, group.attention),
                )
        return cls(
            checkpoint=out,
            macs=(count_macs(before, example), count_macs(after, example)),
            parameters=(count_parameters(before), count_parameters(after)),
            heads=heads,
            channels=channels,
            tokens={
                name: part.keep
                for name, part in after.named_modules()
                if isinstance(part, PrunedAttention)
            },
            kept=found.kept,
            split=split,
            samples=judged,
            accuracy=accuracy,
            latency_ratio=latency_ratio,
            target_latency_ratio=target_latency_ratio,
        )

    @property
    def passed(self) -> bool:
        """Whether the latency goal, if any, holds in the last measurement."""
        goal, found = self.target_latency_ratio, self.latency_ratio
        return goal is None or found is None or found.ratio <= goal

    def to_json(self) -> dict[str, Any]:
        """Return the figures for --json."""
        return {**asdict(self), "checkpoint": str(self.checkpoint), "passed": self.passed}

    def text(self) -> str:
        """Return them in a few lines."""
        (macs, fewer_macs), (parameters, fewer) = self.macs, self.parameters
        lines = [
            f"{self.checkpoint}: {fewer_macs / macs:.1%} of the multiply-accumulates "
            f"({macs / 1e6:.2f} M -> {fewer_macs / 1e6:.2f} M), {fewer / parameters:.1%} of the "
            f"parameters ({parameters:,} -> {fewer:,})"
        ]
        changed = {**self.heads, **self.channels}
        lines += [f"  {name}: {a} -> {b}" for name, (a, b) in changed.items() if a != b]
        lines += [
            f"  {name}: passes on {keep:.0%} of its tokens" for name, keep in self.tokens.items()
        ]
        lines += [f"  {name} stays: {why}" for name, why in self.kept.items()]
        if self.accuracy is not None:
            lines.append(
                f"  accuracy {self.accuracy[0]:.2%} -> {self.accuracy[1]:.2%} of {self.samples} "
                f"{self.split} samples"
            )
        if self.latency_ratio is not None:
            ratio = self.latency_ratio
            lines.append(
                f"  int8 latency {ratio.ratio:.2f} of the model before "
                f"({ratio.low:.2f} to {ratio.high:.2f}), asked for {self.target_latency_ratio:g}"
            )
        return "\n".join(lines)


def accuracies(
    before: nn.Module, after: nn.Module, samples: Samples | None
) -> tuple[float, float] | None:
    """Return the shares of samples that both get right, or None without labels."""
    if samples is None:
        return None

    def right(module: nn.Module) -> float:
        answers = module(*(part[:1] for part in samples.x)).shape[-1]
        counts = confusion(module, samples, max(int(samples.y.max()) + 1, answers))
        return float(counts.trace() / counts.sum())

    return right(before), right(after)


def _written(module: nn.Module, name: str) -> int:
    size = widths(module.get_submodule(name))
    assert size is not None, name  # so the group was found
    return size[0]


def _heads(module: nn.Module, name: str) -> int:
    attention = module.get_submodule(name)
    return int(getattr(attention, str(head_attribute(attention))))
