"""More than one sample at a time: the device sees one."""

from __future__ import annotations

from collections.abc import Iterator

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject

BATCH = Rule(
    name="batch",
    severity="warning",
    finds="The example inputs hold more than one sample.",
    why="shapes are static, because phones and boards plan their memory ahead: every inference "
    "then works on as many samples as the example held.",
    remedy="give example inputs of one sample, unless the device really has a batch",
    evidence=("the captured shapes",),
)


def batch(subject: Subject) -> Iterator[Finding]:
    """Yield a warning when the inputs hold a batch."""
    ports = [port for port in subject.captured.inputs if port.shape]
    lengths = {port.shape[0] for port in ports}
    if len(lengths) != 1 or (length := lengths.pop()) == 1:
        return
    if {port.shape[0] for port in subject.captured.outputs if port.shape} != {length}:
        return  # the first axis is no batch, or is none any more at the end
    for port in ports:
        yield BATCH.finding(
            op="input",
            layer=port.name,
            why=f"shape {list(port.shape)} makes every inference work on {length} samples; shapes "
            f"are static, so one sample takes the time of {length}",
        )
