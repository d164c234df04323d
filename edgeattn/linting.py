"""What would hurt a model on the way to a device: load, capture, look."""

from __future__ import annotations

from dataclasses import dataclass

from edgeattn.sources import load_model
from edgeattn_converters.capture import capture
from edgeattn_converters.lint import Finding, uncaptured
from edgeattn_converters.lint import lint as lint_program
from edgeattn_converters.policies import policies_for, policy_for
from edgeattn_converters.policy import Policy
from edgeattn_runtime import machine
from edgeattn_runtime.errors import BadUsage, CannotConvert


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


def lint(model: str, *, target: str | None = None) -> Linted:
    """Look for what would make a model slow, wrong or impossible to convert.

    Args:
        model: What `edgeattn convert` takes as MODEL.
        target: A class of CPU or a policy's name; None takes what `convert` would take here.

    Raises:
        BadUsage: An unknown target, or a model without example inputs.
        BadInput: A model that cannot be read, or does not run.
    """
    policies = _policies(target)
    targets = tuple(policy.name for policy in policies)
    try:
        loaded = load_model(model)
        if loaded.example_inputs is None:
            raise BadUsage(
                f"{model} gives no example inputs, and shapes are needed to look at it; let the "
                "factory return (module, example_inputs), one tensor per input, batch first"
            )
        program = capture(loaded.module, loaded.example_inputs, name=loaded.name)
    except CannotConvert as fault:
        return Linted(model, targets, (uncaptured(fault, model),))
    return Linted(loaded.name, targets, lint_program(program, policies))


def _policies(target: str | None) -> tuple[Policy, ...]:
    if target is None:
        cpu_class = machine.cpu_class()
        return tuple(policy_for(format, cpu_class) for format in ("onnx", "tflite"))
    return tuple(policies_for(target).values())
