"""The Program: one captured model, the single source of every format.

A Program is a `torch.fx` graph of ATen operators with static shapes. Passes,
calibration, specialisation and quantisation all read and write it; only lowering
leaves it.

What a graph may rely on:

- placeholders are the model's inputs, in order, named like the ports;
- `get_attr` nodes are weights and constants, one tensor each on the graph module;
- every `call_function` node has `meta["val"]`, a fake tensor with a static shape, and
  `meta["layer"]`, the dotted path of the module it came from ("" when unknown);
- the output node returns a tuple, in the order of the output ports;
- `meta["int8"]` (RUNS_IN_INT8), where quantisation set it, says what runs in int8: a float
  operator between two int8 ones has quantize and dequantize nodes around it as well;
- `meta["signed"]` (STAYS_SIGNED), on quantize and dequantize nodes, keeps them int8 in files
  whose activations are uint8;
- `meta["planes"]` (PLANES), on an int8 attention core, says how finely edgeattn-kernels weighs: 1
  where it is missing;
- `meta["range_of"]` (RANGE_OF) names the tensor that calibration saw, where this is a part of it;
- a node's name is the stable name of its tensor: calibration, reports and both
  formats use it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard

import torch
from torch import fx
from torch._subclasses.fake_tensor import FakeTensorMode

from edgeattn_runtime.port import Port

RUNS_IN_INT8 = "int8"
RANGE_OF = "range_of"
STAYS_SIGNED = "signed"
PLANES = "planes"


@dataclass(frozen=True)
class Program:
    """A model as a graph of tensors with names.

    Attributes:
        graph_module: The graph and its constants; see the module docstring for its rules.
        name: A short name for files and reports.
        inputs: What the caller passes, in order.
        outputs: What comes back, in order.
    """

    graph_module: fx.GraphModule
    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    @property
    def graph(self) -> fx.Graph:
        """The graph inside the module."""
        return self.graph_module.graph

    def copy(self) -> Program:
        """Return a copy of the graph; passes rewrite the copy and leave the original alone.

        Constants are shared, since no pass changes a tensor in place.
        """
        return Program(rebuilt(self.graph_module), self.name, self.inputs, self.outputs)

    def __call__(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Run the graph in PyTorch: the simulation that engines are compared with."""
        with torch.no_grad():
            result = self.graph_module(*inputs)
        return tuple(result)


def rebuilt(module: fx.GraphModule) -> fx.GraphModule:
    """Return a plain graph module with the same nodes, names and constants, and nothing else."""
    graph, seen = fx.Graph(), dict[fx.Node, fx.Node]()
    constants, names = torch.nn.Module(), dict[str, str]()
    for node in module.graph.nodes:
        if node.op == "get_attr":
            target = str(node.target)
            if target not in names:
                names[target] = _free_name(constants, target.replace(".", "_"))
                constants.register_buffer(names[target], _attribute(module, target).detach())
            seen[node] = graph.create_node("get_attr", names[target], name=node.name)
            seen[node].meta = dict(node.meta)
        else:
            seen[node] = graph.node_copy(node, lambda n: seen[n])
    return fx.GraphModule(constants, graph, class_name="Program").eval()


def _attribute(module: torch.nn.Module, target: str) -> torch.Tensor:
    value: Any = module
    for part in target.split("."):
        value = getattr(value, part)
    assert isinstance(value, torch.Tensor), target
    return value


def _free_name(module: torch.nn.Module, name: str) -> str:
    """Return `name`, numbered where the module has such an attribute: a constant, or a method."""
    unique, count = name, 0
    while hasattr(module, unique):
        count += 1
        unique = f"{name}_{count}"
    return unique


def is_constant(node: object) -> TypeGuard[fx.Node]:
    """Tell whether a node is a weight or another constant of the Program."""
    return isinstance(node, fx.Node) and node.op == "get_attr"


def constant(program: Program, node: object) -> torch.Tensor:
    """Return the tensor behind a `get_attr` node."""
    assert is_constant(node), node
    return _attribute(program.graph_module, str(node.target))


def add_constant(program: Program, name: str, value: torch.Tensor) -> fx.Node:
    """Store `value` on the module and return a `get_attr` node for it.

    The node goes where the graph's insertion point is; `name` is made unique.
    """
    module = program.graph_module
    unique = _free_name(module, name)
    module.register_buffer(unique, value.detach())
    node = program.graph.get_attr(unique)
    node.meta = {"layer": "", "val": fake(value)}
    return node


def call(like: fx.Node, target: Callable[..., Any], *args: Any, **kwargs: Any) -> fx.Node:
    """Insert an operator at the graph's insertion point, with its shape known at once.

    Args:
        like: The node whose layer the operator belongs to.
        target: The operator.
        args: Its arguments; nodes stand for tensors.
        kwargs: Its arguments by keyword.
    """
    node = like.graph.call_function(target, args, kwargs)
    node.meta = {"layer": like.meta.get("layer", ""), "val": _computed(node)}
    return node


_MODE = FakeTensorMode(allow_non_fake_inputs=True)


def fake(value: torch.Tensor) -> torch.Tensor:
    """Return a fake tensor of the same shape and dtype: metadata without numbers."""
    return _MODE.from_tensor(value.detach().clone())


def finish(program: Program) -> Program:
    """Tidy a rewritten graph: drop dead nodes and constants, refresh shapes, check it."""
    graph = program.graph
    graph.eliminate_dead_code()
    for node in graph.nodes:
        if node.op == "call_function":
            _refresh(node)
            node.meta.setdefault("layer", "")
        elif is_constant(node) and "val" not in node.meta:
            node.meta = {"layer": "", "val": fake(constant(program, node))}
    used = {str(node.target) for node in graph.nodes if node.op == "get_attr"}
    module = program.graph_module
    for name in [name for name, _ in module.named_buffers() if name not in used]:
        delattr(module, name)
    graph.lint()
    module.recompile()
    return program


def _refresh(node: fx.Node) -> None:
    """Compute a node's fake result, unless target, arguments and their values are the same still.

    A pass changes a handful of nodes, and fake tensors cost a quarter of a millisecond each.
    """
    values = [source.meta["val"] for source in node.all_input_nodes]
    call = (node.target, str(node.args), str(node.kwargs))
    before, seen = node.meta.get("computed", (None, ()))
    same = len(seen) == len(values) and all(map(operator.is_, seen, values))
    if "val" in node.meta and before == call and same:
        return
    node.meta["val"] = _computed(node)
    node.meta["computed"] = (call, values)  # keeps the values alive, so identity is safe


def _computed(node: fx.Node) -> Any:
    assert callable(node.target), node
    args, kwargs = fx.node.map_arg((node.args, node.kwargs), lambda n: n.meta["val"])
    with _MODE:
        return node.target(*args, **kwargs)


def take_name(new: fx.Node, old: fx.Node) -> None:
    """Give `new` the name of `old`, which it is about to replace: the tensor stays the same one."""
    name = old.name
    old._rename(f"{name}_replaced")
    new.name = name


def shape(node: fx.Node) -> tuple[int, ...]:
    """Return the static shape of a node's tensor."""
    return tuple(int(length) for length in node.meta["val"].shape)
