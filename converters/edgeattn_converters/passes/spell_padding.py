"""Write padding in pixels: conv(x, "same") -> conv(pad(x), 0), pad(x, "constant") -> pad(x, 0).

"same" splits dilation * (kernel - 1) pixels evenly and gives the odd one to the right and below,
which the operator's own symmetric padding cannot say. Exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.program import Program, call, finish, shape, take_name

A = torch.ops.aten
IN_PIXELS: dict[object, Callable[..., Any]] = {
    A.conv1d.padding: A.conv1d.default,
    A.conv2d.padding: A.conv2d.default,
}


def spell_padding(program: Program) -> Program:
    """Return a copy in which nothing is padded by a word, but for reflections."""
    program = program.copy()
    for node in list(program.graph.nodes):
        if node.op != "call_function":
            continue
        with program.graph.inserting_before(node):
            if node.target in IN_PIXELS:
                replacement = _convolution(node)
            elif node.target is A.pad.default and arguments(node)["mode"] == "constant":
                pixels, value = arguments(node)["pad"], arguments(node)["value"]
                replacement = call(
                    node, A.constant_pad_nd.default, node.args[0], pixels, value or 0
                )
            else:
                continue
        take_name(replacement, node)
        node.replace_all_uses_with(replacement)
    return finish(program)


def _convolution(node: fx.Node) -> fx.Node:
    given = arguments(node)
    image, kernel = given["input"], shape(given["weight"])[2:]
    dilation = _each(given["dilation"], kernel)
    total = [
        step * (length - 1) if given["padding"] == "same" else 0
        for length, step in zip(kernel, dilation, strict=True)
    ]
    if any(pixels % 2 for pixels in total):
        image = call(node, A.constant_pad_nd.default, image, _around(total), 0)
        total = [0] * len(total)
    return call(
        node, IN_PIXELS[node.target], image, given["weight"], given["bias"],
        _each(given["stride"], kernel), [pixels // 2 for pixels in total], dilation,
        given["groups"],
    )  # fmt: skip


def _each(value: list[int], kernel: tuple[int, ...]) -> list[int]:
    """Return one number per axis; PyTorch writes equal ones once."""
    return list(value) * len(kernel) if len(value) == 1 else list(value)


def _around(total: list[int]) -> list[int]:
    """Return pixels before and after, last axis first, as constant_pad_nd takes them."""
    return [n for pixels in reversed(total) for n in (pixels // 2, pixels - pixels // 2)]
