"""Convolutions: `edgeattn::conv2d_nhwc` becomes CONV_2D or DEPTHWISE_CONV_2D."""

from __future__ import annotations

from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.tflite.constants import weight
from edgeattn_converters.tflite.linear import bias_tensor
from edgeattn_converters.tflite.padding import SAME, VALID, is_same, pad_image
from edgeattn_converters.tflite.refusal import refuse
from edgeattn_converters.tflite.writer import Writer


def conv2d(writer: Writer, node: fx.Node) -> None:
    """Write one convolution; a padding that SAME does not mean gets its own PAD.

    Weights are [out, height, width, in / groups]; DEPTHWISE_CONV_2D keeps them as
    [1, height, width, out].
    """
    given = arguments(node)
    image = writer.operand(given["x"], node)
    kernel = weight(writer.program, given["weight"])
    if kernel is None:
        refuse(node, "has weights that are computed", "make them constants")
    channels, groups = image.shape[3], given["groups"]
    depthwise = groups == channels and groups > 1
    outputs, height, width, _ = kernel.values.shape
    bias = bias_tensor(writer, node, image, kernel, outputs)
    dilation = given["dilation"]
    window = [dilation[0] * (height - 1) + 1, dilation[1] * (width - 1) + 1]
    if is_same(image.shape[1:3], window, given["stride"], given["padding"]):
        padding = SAME
    else:
        padding = VALID
        if any(given["padding"]):
            image = pad_image(writer, image, given["padding"], node)
    options = {
        "padding": padding,
        "strideH": given["stride"][0],
        "strideW": given["stride"][1],
        "dilationHFactor": dilation[0],
        "dilationWFactor": dilation[1],
        "fusedActivationFunction": writer.activation(node),
    }
    if depthwise:
        kernel = kernel.permute(3, 1, 2, 0)
        options["depthMultiplier"] = outputs // channels
    filters = writer.weight(given["weight"], kernel, as_int8=writer.is_int8(node))
    operator = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    table = "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions"
    writer.builder.add(operator, [image, filters, bias], writer.result(node), table, **options)
