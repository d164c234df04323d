"""Call PyTorch functions now, on constants, or later, as nodes of a graph.

Shape arithmetic in ONNX is a chain of small operators on constants. Nothing special is needed
to fold it: a function of constants is called at once, and only what depends on an input is
recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn

from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError

Value = torch.Tensor | fx.Node  # a constant | what the graph will compute

CONSTANT_BYTES_LIMIT = 4 * 2**30


class Recorder:
    """A graph that grows, and the weights it uses.

    Attributes:
        graph: The nodes so far; each has a tensor without numbers in `meta["val"]`.
        root: Owns the weights, under their ONNX names.
    """

    def __init__(self) -> None:
        """Start with an empty graph."""
        self.graph = fx.Graph()
        self.root = nn.Module()
        # By id; each entry holds its tensor too, so that the id is not given to another one.
        self._names: dict[int, tuple[torch.Tensor, str]] = {}
        self._turned: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self._stored: dict[int, tuple[torch.Tensor, fx.Node]] = {}

    def input(self, name: str, example: torch.Tensor) -> fx.Node:
        """Add an input of the module."""
        node = self.graph.placeholder(name)
        node.meta["val"] = example.to("meta")
        return node

    def named(self, value: Value, name: str) -> Value:
        """Return `value` and remember what ONNX calls it: weights keep their names."""
        if isinstance(value, torch.Tensor) and id(value) not in self._names:
            self._names[id(value)] = (value, name)
        return value

    def transposed(self, weight: torch.Tensor) -> torch.Tensor:
        """Return a constant [in, out] as [out, in], the same one each time it is asked for."""
        if id(weight) not in self._turned:
            turned = weight.t().contiguous()
            self._turned[id(weight)] = (weight, turned)
            if id(weight) in self._names:
                self.named(turned, self._names[id(weight)][1])
        return self._turned[id(weight)][1]

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return `function(*args, **kwargs)`: its value when all is constant, else a node."""
        depends: list[fx.Node] = []
        fx.node.map_arg((args, kwargs), depends.append)
        if not depends:
            return self._compute(function, args, kwargs)
        args, kwargs = fx.node.map_aggregate((args, kwargs), self._as_argument)
        node = self.graph.call_function(function, args, kwargs)
        node.meta["val"] = _imagine(function, *fx.node.map_arg((args, kwargs), _imagined))
        return node

    def argument(self, value: Value) -> fx.Node:
        """Return the node for a value, storing a constant on the module first."""
        node: fx.Node = self._as_argument(value)
        return node

    def finish(self, outputs: tuple[Value, ...]) -> fx.GraphModule:
        """Close the graph: one tensor, or a tuple when there are several outputs."""
        nodes = tuple(self.argument(value) for value in outputs)
        self.graph.output(nodes[0] if len(nodes) == 1 else nodes)
        return fx.GraphModule(self.root, self.graph)

    def _compute(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        imagined = fx.node.map_aggregate((args, kwargs), _imagined)
        size = _bytes(_imagine(function, *imagined))
        if size > CONSTANT_BYTES_LIMIT:
            raise UnreadableNodeError(
                f"its constant result would take {size / 2**30:.1f} GiB, more than "
                f"{CONSTANT_BYTES_LIMIT / 2**30:.0f}"
            )
        with torch.no_grad():
            return function(*args, **kwargs)

    def _as_argument(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        if id(value) not in self._stored:
            node = self.graph.get_attr(self._store(value))
            node.meta["val"] = value.to("meta")
            self._stored[id(value)] = (value, node)
        return self._stored[id(value)][1]

    def _store(self, value: torch.Tensor) -> str:
        """Put a constant on the module under its ONNX name and return where it went."""
        known = self._names[id(value)][1] if id(value) in self._names else "constant"
        *path, leaf = [_identifier(part) for part in known.split(".")]
        owner, name = self.root, leaf
        for part in path:
            inner = getattr(owner, part, None) if hasattr(owner, part) else nn.Module()
            if not isinstance(inner, nn.Module):  # a weight `a` beside a weight `a.b`
                owner, name, path = self.root, "_".join([*path, leaf]), []
                break
            if not hasattr(owner, part):
                owner.add_module(part, inner)
            owner = inner
        count = 0
        while hasattr(owner, name):
            count += 1
            name = f"{leaf}_{count}"
        content = value.detach().clone().contiguous()
        if content.is_floating_point() and content.dim() > 0:
            owner.register_parameter(name, nn.Parameter(content))
        else:
            owner.register_buffer(name, content)
        return ".".join([*path, name])


def shape(value: Value) -> tuple[int, ...]:
    """Return the static shape of a value."""
    tensor = value if isinstance(value, torch.Tensor) else value.meta["val"]
    return tuple(int(length) for length in tensor.shape)


def dtype(value: Value) -> torch.dtype:
    """Return the element type of a value."""
    tensor = value if isinstance(value, torch.Tensor) else value.meta["val"]
    return tensor.dtype


def _identifier(name: str) -> str:
    cleaned = re.sub(r"\W+", "_", name).strip("_")
    return cleaned or "constant"


def _imagined(value: Any) -> Any:
    if isinstance(value, fx.Node):
        return value.meta["val"]
    return value.to("meta") if isinstance(value, torch.Tensor) else value


def _imagine(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Run a function on shapes alone."""
    try:
        # The device is for functions that make tensors out of nothing, like torch.full.
        with torch.no_grad(), torch.device("meta"):
            return function(*args, **kwargs)
    except (RuntimeError, ValueError, IndexError, TypeError, AssertionError) as error:
        shapes: list[str] = []
        fx.node.map_aggregate(
            (args, kwargs),
            lambda item: (
                shapes.append(str(list(item.shape))) if isinstance(item, torch.Tensor) else None
            ),
        )
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UnreadableNodeError(
            f"it does not fit its inputs {', '.join(shapes)}: {reason}"
        ) from error


def _bytes(result: Any) -> int:
    if isinstance(result, torch.Tensor):
        return result.numel() * result.element_size()
    return sum(_bytes(item) for item in result) if isinstance(result, (tuple, list)) else 0
