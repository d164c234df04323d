"""The straight line: model -> groups -> scores -> a smaller model -> fine-tuned -> written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from edgeattn.pruning.choices import Choices
from edgeattn.pruning.cost import count_macs
from edgeattn.pruning.dependencies import Dependencies, check_same, find_dependencies
from edgeattn.pruning.finetune import finetune
from edgeattn.pruning.goal import check_rates, rates_for, smallest_rate
from edgeattn.pruning.group import Kept
from edgeattn.pruning.latency import Stopwatch
from edgeattn.pruning.material import Material, load_material
from edgeattn.pruning.ranking import choose
from edgeattn.pruning.result import Pruned, accuracies
from edgeattn.pruning.scores import Scores, score
from edgeattn.pruning.slim import slimmer
from edgeattn.pruning.statistics import with_new_statistics
from edgeattn.pruning.subject import Subject, check_out, load_subject, write_pruned
from edgeattn.pruning.tokens import fewer_tokens
from edgeattn.training.recipes import recipe_for
from edgeattn_runtime.errors import BadUsage, BrokenModel, GateFailed

Progress = Callable[[str, float], None]  # what is being done, share done in [0, 1]
MACS_STEPS, LATENCY_STEPS = 10, 5  # halvings; the second takes a conversion and 4 s each
ROOM = 0.97  # aim a little below a latency: the last measurement is another one


def prune(
    spec: str,
    data: str,
    *,
    out: Path,
    choices: Choices,
    force: bool = False,
    progress: Progress | None = None,
) -> Pruned:
    """Write a smaller model to `out`; the one that `spec` names stays as it is.

    Args:
        spec: A checkpoint, a zoo name, or `file.py:factory` of a PyTorch module.
        data: A data set's name, a folder or an `.npz`.
        out: The new file: `.pt` for a checkpoint, `.pt2` for a user's own module.
        choices: How much is removed.
        force: Replace the file at `out`.
        progress: Told what is being done.

    Raises:
        BadUsage: A rate that empties a layer, a goal that cannot be reached, a file that exists.
        GateFailed: The engine is not faster by as much as was asked for.
        BadData: Data without labels, or of another shape.
        BrokenModel: A model that cannot be read or followed.
    """
    say = progress or (lambda text, share: None)
    subject = load_subject(spec)
    check_out(subject, out, force=force)
    say("reading the data", 0.02)
    material = load_material(data, subject, choices)
    say("finding what belongs together", 0.05)
    work = _Work(subject, material, choices)
    goal, stopwatch = work.goal(say)
    small, before = subject.module, count_macs(subject.module, material.example)
    for number in range(choices.rounds):
        last = number == choices.rounds - 1
        small = work.round(small, number, None if goal is None else _on_the_way(
            before, goal, (number + 1) / choices.rounds))  # fmt: skip
        if last:
            small = fewer_tokens(small, choices.tokens, material.example)
        small = with_new_statistics(small, (x for x, _ in material.scoring))
        small = work.finetuned(small, number, say)
    say("judging", 0.9)
    ratio = None if stopwatch is None else stopwatch.ratio(small)
    result = Pruned.of(
        subject.module, small, work.first, out=out, example=material.example,
        split=material.split, accuracy=accuracies(subject.module, small, material.judged),
        judged=0 if material.judged is None else len(material.judged), latency_ratio=ratio,
        target_latency_ratio=choices.target_latency_ratio,
    )  # fmt: skip
    write_pruned(subject, small, material.example, out)
    return result


def _on_the_way(before: int, goal: int, share: float) -> int:
    return round(before - (before - goal) * share)


class _Work:
    """What the steps of one pruning share."""

    def __init__(self, subject: Subject, material: Material, choices: Choices) -> None:
        self.subject, self.material, self.choices = subject, material, choices
        self.first = find_dependencies(subject.module, material.example)
        if not self.first.groups:
            reasons = "; ".join(f"{name}: {why}" for name, why in self.first.kept.items())
            raise BrokenModel(
                f"nothing in {subject.loaded.name} can be pruned ({reasons or 'no inner channels'})"
                "; prune a model of the zoo, or hand in one of plain convolutions and Linears"
            )
        check_rates(self.first.groups, choices)
        self.units = {
            kind: sum(group.units for group in self.first.groups if group.kind == kind)
            for kind in ("heads", "channels")
        }

    def goal(self, say: Progress) -> tuple[int | None, Stopwatch | None]:
        """Return how many multiply-accumulates may stay, and what measures latencies if any."""
        choices, module, example = self.choices, self.subject.module, self.material.example
        before = count_macs(module, example)
        if choices.target_macs is not None:
            return int(before * choices.target_macs), None
        if choices.target_latency_ratio is None:
            return None, None
        say("converting the model to measure it", 0.1)
        stopwatch = Stopwatch(module, example, self.material.calibration.x, choices.format)
        scores = self._scores(module, self.first)
        wanted, seen = choices.target_latency_ratio * ROOM, dict[float, float]()

        def reaches(rate: float) -> bool:
            say(f"measuring candidate {len(seen) + 1}", 0.1 + 0.05 * len(seen))
            small = self._candidate(module, self.first, self._kept(self.first, scores, rate))
            seen[rate] = stopwatch.ratio(small).ratio
            return seen[rate] <= wanted

        rate = smallest_rate(reaches, steps=LATENCY_STEPS)
        if rate is None:
            raise GateFailed(
                f"--target-latency-ratio {choices.target_latency_ratio:g} is out of reach: with as "
                f"little as each layer must keep, int8 ({choices.format}) takes {seen[1.0]:.2f} of "
                "the time; ask for that, or prune --tokens too"
            )
        small = self._candidate(module, self.first, self._kept(self.first, scores, rate))
        return count_macs(small, example), stopwatch

    def round(self, module: nn.Module, number: int, goal: int | None) -> nn.Module:
        """Return `module` with fewer heads and channels: this round's part of the way."""
        found = self.first if number == 0 else find_dependencies(module, self.material.example)
        scores = self._scores(module, found)
        if goal is None:
            kept = choose(found.groups, scores, self._rates_of_round(found, number))
        else:
            kept = self._towards(goal, module, found, scores)
        small = slimmer(module, found.groups, kept)
        check_same(module, small, found.groups, kept, self.material.example)
        return small

    def finetuned(self, small: nn.Module, number: int, say: Progress) -> nn.Module:
        """Return the model after this round's epochs."""
        epochs, samples = self.choices.epochs_of(number), self.material.train
        if not epochs or samples is None:
            return small
        done = sum(self.choices.epochs_of(one) for one in range(number))
        checkpoint = self.subject.checkpoint
        recipe = recipe_for("" if checkpoint is None else checkpoint.model, samples.kind)
        title = (
            f"fine-tuning, epochs {done + 1} to {done + epochs} of {self.choices.finetune_epochs}"
        )
        return finetune(
            small,
            samples,
            recipe,
            epochs=epochs,
            classes=self._classes(),
            seed=self.choices.seed + number,
            teacher=self.subject.module if self.choices.teacher else None,
            progress=lambda share: say(
                title, 0.3 + 0.6 * (done + share * epochs) / self.choices.finetune_epochs
            ),
        )

    @torch.no_grad()
    def _classes(self) -> int:
        logits: Tensor = self.subject.module(*self.material.example)
        return logits.shape[-1]

    def _scores(self, module: nn.Module, found: Dependencies) -> Scores:
        return score(self.choices.score, module, found.groups, self.material.scoring)

    def _kept(self, found: Dependencies, scores: Scores, rate: float) -> Kept:
        return choose(found.groups, scores, rates_for(rate, found.groups, self.choices))

    def _candidate(self, module: nn.Module, found: Dependencies, kept: Kept) -> nn.Module:
        small = slimmer(module, found.groups, kept)
        return fewer_tokens(small, self.choices.tokens, self.material.example)

    def _rates_of_round(self, found: Dependencies, number: int) -> dict[str, float]:
        """Return what to remove of what is left, so that the rounds add up to the rates."""
        share = (number + 1) / self.choices.rounds
        rates = {}
        for kind, rate in (("heads", self.choices.heads), ("channels", self.choices.channels)):
            left = sum(group.units for group in found.groups if group.kind == kind)
            wanted = self.units[kind] * (1 - (rate or 0.0) * share)
            rates[kind] = max(0.0, 1 - wanted / left) if left else 0.0
        return rates

    def _towards(self, goal: int, module: nn.Module, found: Dependencies, scores: Scores) -> Kept:
        """Return what stays when just enough goes to come down to `goal` multiply-accumulates."""
        example, least = self.material.example, 0

        def reaches(rate: float) -> bool:
            nonlocal least
            small = self._candidate(module, found, self._kept(found, scores, rate))
            macs = count_macs(small, example)
            least = min(least or macs, macs)
            return macs <= goal

        if reaches(0.0):
            return self._kept(found, scores, 0.0)
        rate = smallest_rate(reaches, steps=MACS_STEPS)
        if rate is None:
            before = count_macs(self.subject.module, example)
            raise BadUsage(
                f"the goal of {goal / before:.1%} of {before / 1e6:.1f} M multiply-accumulates is "
                f"out of reach: with as little as each layer must keep, {least / before:.1%} are "
                "left; ask for that, or prune --tokens too"
            )
        return self._kept(found, scores, rate)
