"""Capture a PyTorch module as a Program, through torch.export."""

from __future__ import annotations

import re
import warnings

import torch
from edgeattn_runtime.errors import BrokenModel, CannotConvert
from edgeattn_runtime.port import Port
from torch import fx, nn
from torch.export import ExportedProgram

from edgeattn_converters.program import Program, fake, finish, rebuilt

# Raised by torch 2.13 itself when it copies an exported program; it names nothing of ours.
_COPY_WARNING = r".*isinstance\(treespec, LeafSpec\).* is deprecated"


def capture(module: nn.Module, example_inputs: tuple[torch.Tensor, ...], *, name: str) -> Program:
    """Trace `module` into a Program with the static shapes of `example_inputs`.

    Args:
        module: In eval mode; left untouched.
        example_inputs: One sample, batch first; its shapes become the model's shapes.
        name: A short name for files and reports.

    Raises:
        BrokenModel: The module does not run on the example inputs.
        CannotConvert: It runs, but torch.export cannot trace it.
    """
    with torch.no_grad():
        try:
            module(*example_inputs)
        except Exception as error:
            shapes = ", ".join(str(list(x.shape)) for x in example_inputs)
            raise BrokenModel(
                f"{name} does not run on its example inputs of shape {shapes}: "
                f"{_first_line(error)}; pass inputs of the shape it was trained with"
            ) from error
        try:
            exported = torch.export.export(module, example_inputs, strict=False)
        except Exception as error:
            raise CannotConvert(
                f"torch.export cannot trace {name}: {_first_line(error)}; "
                "data-dependent control flow must become torch.where, torch.cond or a constant"
            ) from error
    return capture_exported(exported, name=name)


def capture_exported(exported: ExportedProgram, *, name: str) -> Program:
    """Turn what torch.export made into a Program.

    An empty decomposition table keeps Linear, Conv2d, LayerNorm, GELU and attention as single
    operators and only removes mutation.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_COPY_WARNING, category=FutureWarning)
        functional = exported.run_decompositions({})
        module = functional.module(check_guards=False)
    assert isinstance(module, fx.GraphModule)
    _flatten_output(module)
    for node in module.graph.find_nodes(
        op="call_function", target=torch.ops.aten._assert_tensor_metadata.default
    ):
        module.graph.erase_node(node)  # a check of torch.export's own, always true here
    module = rebuilt(module)
    _name_by_layer(module.graph)
    for node in module.graph.nodes:
        value = node.meta.get("val")
        static = isinstance(value, torch.Tensor) and all(isinstance(n, int) for n in value.shape)
        if node.op == "placeholder" and static:  # one fake-tensor mode for the whole Program
            node.meta = {"layer": "", "val": fake(torch.empty(value.shape, dtype=value.dtype))}
        elif node.op == "get_attr":
            node.meta = {}
        elif node.target in (torch.ops.aten.view.default, torch.ops.aten._unsafe_view.default):
            # A view depends on strides, which a rewrite before it may change; reshape does not.
            node.target = torch.ops.aten.reshape.default
    inputs = tuple(_port(node, node.name) for node in module.graph.find_nodes(op="placeholder"))
    returned = module.graph.output_node().args[0]
    assert isinstance(returned, tuple)
    for node in returned:
        if not isinstance(node, fx.Node):
            raise CannotConvert(
                f"{name} returns {node!r} besides tensors; return tensors only, as a tuple"
            )
    names = ["output"] if len(returned) == 1 else [f"output_{i}" for i in range(len(returned))]
    outputs = tuple(_port(node, port) for node, port in zip(returned, names, strict=True))
    return finish(Program(module, name, inputs, outputs))


def _port(node: fx.Node, name: str) -> Port:
    value = node.meta["val"]
    for length in value.shape:
        if not isinstance(length, int):
            raise CannotConvert(
                f"{name} has the dynamic shape {tuple(value.shape)}; "
                "export with static shapes: phones and boards plan their memory ahead"
            )
    return Port(name, tuple(value.shape), str(value.dtype).removeprefix("torch."))


def _flatten_output(module: fx.GraphModule) -> None:
    """Return a flat tuple whatever the module returned: a tensor, a dict, a dataclass."""
    output = module.graph.output_node()
    leaves, _ = torch.utils._pytree.tree_flatten(output.args[0])
    output.args = (tuple(leaf for leaf in leaves if leaf is not None),)
    module.graph.set_codegen(fx.graph.CodeGen())
    module.recompile()


def _name_by_layer(graph: fx.Graph) -> None:
    """Name each operator after its module: `stages_0_attention_query_linear`."""
    for node in graph.nodes:
        if node.op != "call_function":
            continue
        stack = node.meta.get("nn_module_stack") or {}
        layer = next((path for path, _ in reversed(stack.values())), "")
        layer = re.sub(r"@\d+$", "", layer)  # a module that is called twice
        node.meta = {"val": node.meta.get("val"), "layer": layer}
        operator = getattr(node.target, "__name__", str(node.target)).split(".")[0].lstrip("_")
        words = re.sub(r"\W", "_", f"{layer}.{operator}" if layer else operator)
        node._rename(words if not words[0].isdigit() else f"layer_{words}")


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
