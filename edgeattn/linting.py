"""What would hurt a model on the way to a device: load, capture, look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from edgeattn.bundle_samples import image_size
from edgeattn.data.load import load_data
from edgeattn.data.recordings import clip_of
from edgeattn.devices.target import resolve_target
from edgeattn.sources import LoadedModel, load_model
from edgeattn.sources.example import first_sample, ports_of
from edgeattn_converters.capture import capture
from edgeattn_converters.evidence import by_port, samples_of
from edgeattn_converters.lint import Finding, rule_named, uncaptured
from edgeattn_converters.lint import lint as lint_program
from edgeattn_converters.policies import policy_for, split_targets
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program
from edgeattn_runtime import machine
from edgeattn_runtime.errors import BadUsage, CannotConvert

SAMPLES = 16  # of --data, to compare a fixed model with


@dataclass(frozen=True)
class Linted:
    """What `edgeattn lint` found.

    Attributes:
        model: Its name.
        targets: Names of the policies it was looked at for.
        findings: Most important first.
    """

    model: str
    targets: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def convertible(self) -> bool:
        """Whether nothing that was found stops the conversion."""
        return all(finding.severity != "error" for finding in self.findings)

    def passed(self, *, strict: bool = False) -> bool:
        """Tell whether a script may go on: no error, with `strict` no warning either."""
        stops = ("error", "warning") if strict else ("error",)
        return all(finding.severity not in stops for finding in self.findings)

    def only(self, *, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Linted:
        """Return this with the findings of the rules in `select` (all, when empty), less `ignore`.

        Raises:
            BadUsage: A rule that does not exist.
        """
        wanted = {rule_named(name).name for name in select}
        unwanted = {rule_named(name).name for name in ignore}
        return replace(
            self,
            findings=tuple(
                finding
                for finding in self.findings
                if finding.rule not in unwanted and (not wanted or finding.rule in wanted)
            ),
        )


@dataclass(frozen=True, eq=False)
class Opened:
    """A model that was loaded and captured.

    Attributes:
        loaded: As its source gave it.
        program: As torch.export gave it.
        samples: Inputs from the data that was named; none where none was.
    """

    loaded: LoadedModel
    program: Program
    samples: tuple[tuple[torch.Tensor, ...], ...] = ()


def lint(
    model: str,
    *,
    target: str | None = None,
    data: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Linted:
    """Look for what would make a model slow, wrong or impossible to convert.

    Args:
        model: What `edgeattn convert` takes as MODEL.
        target: As for `convert`; None takes what `convert` would take here.
        data: Samples, for a model that brings no example inputs.
        select: Names of the rules wanted; none means all.
        ignore: Names of rules to leave out.

    Raises:
        BadUsage: An unknown target or rule, or a model without example inputs.
        BadInput: A model that cannot be read, or does not run.
    """
    policies = policies_of(target)
    for name in (*select, *ignore):
        rule_named(name)  # before minutes are spent on a model
    try:
        opened = open_model(model, data)
    except CannotConvert as fault:
        linted = refused(model, policies, fault)
    else:
        linted = look(opened, policies)
    return linted.only(select=select, ignore=ignore)


def policies_of(target: str | None) -> tuple[Policy, ...]:
    """Return the policies that a target stands for; None is this machine, in both formats."""
    targets = resolve_target(target)
    if targets is None:
        cpu_class = machine.cpu_class()
        return tuple(policy_for(format, cpu_class) for format in ("onnx", "tflite"))
    here, elsewhere = split_targets(targets)
    return (*here.values(), *elsewhere)


def open_model(model: str, data: str | None = None) -> Opened:
    """Load and capture a model.

    Raises:
        CannotConvert: torch.export cannot trace it, or only with open shapes.
        BadUsage: It brings no example inputs, and no data was named.
    """
    loaded = load_model(model)
    if data is None:
        if loaded.example_inputs is None:
            raise BadUsage(
                f"{model} gives no example inputs, and shapes are needed to look at it; let the "
                "factory return (module, example_inputs), one tensor per input, batch first, or "
                "name samples with --data"
            )
        return Opened(loaded, capture(loaded.module, loaded.example_inputs, name=loaded.name))
    ports = ports_of(loaded)
    size = None if ports is None else image_size(ports)
    clip = None if ports is None else clip_of(ports[0].shape, loaded.preprocessing)
    named = load_data(data, image_size=size, clip=clip, samples=SAMPLES)
    example = loaded.example_inputs or first_sample(loaded, named)
    program = capture(loaded.module, example, name=loaded.name)
    samples = tuple(samples_of(program, by_port(program, named.x)))
    return Opened(replace(loaded, example_inputs=example), program, samples)


def look(opened: Opened, policies: tuple[Policy, ...]) -> Linted:
    """Return what the rules find in a captured model."""
    targets = tuple(policy.name for policy in policies)
    return Linted(opened.loaded.name, targets, lint_program(opened.program, policies))


def refused(model: str, policies: tuple[Policy, ...], fault: CannotConvert) -> Linted:
    """Return the one finding of a model that could not be captured."""
    targets = tuple(policy.name for policy in policies)
    return Linted(model, targets, (uncaptured(fault, model),))
