"""Depthwise convolutions of few channels: they wait for memory, in int8 as in float."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.program import shape

A = torch.ops.aten

FEW = 32  # channels


def thin_depthwise(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each depthwise convolution below 32 channels."""
    for node in calls(subject.program):
        if node.target is not A.conv2d.default or len(node.args) < 7:
            continue
        groups, channels = node.args[6], shape(node)[1]
        if groups != channels or not 1 < channels < FEW:
            continue
        yield Finding(
            rule="thin-depthwise",
            severity="info",
            op="conv",
            layer=place_of(node),
            why=f"a depthwise convolution of {channels} channels multiplies little for what it "
            "reads: an inverted residual at 32x32 gained 1.1x in int8, a dense 3x3 one 2.5x",
            remedy="at high resolution widen with one dense 3x3 convolution (EfficientNetV2's "
            "fused block); depthwise pays from 16x16 pixels down",
            evidence="ONNX Runtime 1.31.1, x86-64 with VNNI, one thread, interleaved",
        )
