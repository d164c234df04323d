"""Inputs of 64-bit integers: LiteRT's quantiser, GPUs and older delegates refuse them."""

from __future__ import annotations

from collections.abc import Iterator

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject

INTEGER_INPUT = Rule(
    name="integer-input",
    severity="info",
    finds="An input of 64-bit integers, where a .tflite file is to be made.",
    why="XNNPACK and this conversion take int64; LiteRT's stock quantiser refused a BERT-like "
    "model for it, and phones' GPUs and NPUs know 32 bits at most.",
    remedy="give int32 example inputs, `ids.int()`: nn.Embedding takes them, at half the bytes",
    evidence=("ai-edge-quantizer (LiteRT 2.3.0) on a BERT-like model: refused",),
)


def integer_input(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each int64 input, when a .tflite file is to be made."""
    if all(target.policy.format != "tflite" for target in subject.targets):
        return
    for port in subject.captured.inputs:
        if port.dtype == "int64":
            yield INTEGER_INPUT.finding(
                op="input",
                layer=port.name,
                why="is int64: XNNPACK and this conversion take it, LiteRT's stock quantiser "
                "refused such a model, and phones' GPUs and NPUs know 32 bits at most",
            )
