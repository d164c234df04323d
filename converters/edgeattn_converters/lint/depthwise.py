"""Depthwise convolutions: they wait for memory, and int8 kernels for them lose on x86."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.program import shape

A = torch.ops.aten

DEPTHWISE = Rule(
    name="depthwise",
    severity="info",
    finds="A depthwise convolution: one channel in, one out, side by side.",
    why="it multiplies little for what it reads, so it waits for memory: 3x3 with 256 channels ran "
    "0.5x as fast in int8 as in fp32 on LiteRT and 0.8x on ONNX Runtime, dense 3x3 ones 2.4-4.0x. "
    "An inverted residual as a whole still gains 1.2-1.7x.",
    remedy="where speed matters, widen with one dense 3x3 convolution (EfficientNetV2's fused "
    "block) and compare the accuracy",
    evidence=("docs/measurements/engine-forms.md",),
)


def depthwise(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each depthwise convolution: one channel in, one out, side by side."""
    for node in calls(subject.program):
        if node.target is not A.conv2d.default or len(node.args) < 7:
            continue
        groups, channels = node.args[6], shape(node)[1]
        if groups != channels or channels == 1:
            continue
        yield DEPTHWISE.finding(
            op="conv",
            layer=place_of(node),
            why="multiplies little for what it "
            "reads: a 3x3 one of 256 channels ran 0.5x as fast in int8 as in fp32 on LiteRT and "
            "0.8x on ONNX Runtime, dense 3x3 ones 2.4x to 4.0x",
        )
