"""`edgeattn train --qat`: what was typed -> a training with fake quantisation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from edgeattn.training.outcome import TrainingResult
    from edgeattn.training.recipe import TrainingRecipe
    from edgeattn.training.splits import Splits
    from edgeattn_converters.policy import Policy

FORMATS = ("onnx", "tflite")


def rounding_options(command: Any) -> Any:
    """Add --qat, and what says which rounding it trains for."""
    for option in (
        click.option("--target", help="Of --qat: what to train for, as in convert."),
        click.option("--recipe", help="Of --qat: as in convert.  [default: int8]"),
        click.option("--qat", is_flag=True, help="Train on with the rounding of int8 files."),
    ):
        command = option(command)
    return command


def train_rounded(
    name: str,
    start: Path | None,
    splits: Splits,
    recipe: TrainingRecipe,
    *,
    typed: dict[str, Any],
    quantisation: str | None,
    target: str | None,
    **rest: Any,
) -> TrainingResult:
    """Train a checkpoint, or the zoo's own, with fake quantisation.

    Args:
        name: The model's name in the zoo.
        start: Its checkpoint; None is the one that ships.
        splits: The data.
        recipe: Of float training.
        typed: Numbers of the recipe that were typed; the others become gentler.
        quantisation: A recipe's name or file.
        target: What --target says.
        rest: For `train_qat`.
    """
    from edgeattn.models.catalog import zoo_entry
    from edgeattn.training.qat import qat_recipe, train_qat
    from edgeattn_converters.recipe import read_recipe

    changes = {name: value for name, value in typed.items() if value is not None}
    try:
        gentle = replace(qat_recipe(recipe), **changes)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return train_qat(
        zoo_entry(name).checkpoint_path() if start is None else start,
        splits,
        quantisation=read_recipe(quantisation or "int8"),
        policies=chosen_policies(target),
        recipe=gentle,
        **rest,
    )


def chosen_policies(target: str | None) -> tuple[Policy, ...]:
    """Return the policies that `convert` takes for --target: both formats here without one."""
    from edgeattn.devices.target import resolve_target
    from edgeattn_converters.policies import policy_for, split_targets
    from edgeattn_runtime.machine import cpu_class

    resolved = resolve_target(target)
    if resolved is None:
        return tuple(policy_for(format, cpu_class()) for format in FORMATS)
    here, elsewhere = split_targets(resolved)
    return (*here.values(), *elsewhere)


def check_rounding(
    qat: bool, *, processes: int, forbidden: dict[str, Any], needing: dict[str, Any]
) -> None:
    """Refuse words that contradict each other.

    Args:
        qat: Whether --qat was typed.
        processes: Of torchrun.
        forbidden: Values of flags that --qat cannot take, by flag.
        needing: Values of flags that mean nothing without it.
    """
    for flag, value in (forbidden if qat else needing).items():
        if value:
            how = "is for float models; train with it first, then with" if qat else "needs"
            raise click.UsageError(f"{flag} {how} --qat")
    if qat and processes > 1:
        raise click.UsageError("--qat trains in one process; start it without torchrun")
