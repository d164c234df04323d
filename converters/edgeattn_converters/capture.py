"""Capture a PyTorch module as a Program, through torch.export."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn
from torch.export import ExportedProgram

from edgeattn_converters.capturable import refuse_uncapturable
from edgeattn_converters.program import Program, constant, fake, finish, is_constant, rebuilt
from edgeattn_runtime.errors import BrokenModel, CannotConvert
from edgeattn_runtime.port import Port

A = torch.ops.aten

# Raised by torch 2.13 itself when it copies an exported program; it names nothing of ours.
_COPY_WARNING = r".*isinstance\(treespec, LeafSpec\).* is deprecated"

# Recurrent layers keep a second list of their weights and rebuild it when they are traced.
_FLAT_WEIGHTS_WARNING = r"The tensor attributes? self\._flat_weights"

SPELLED_OUT = (A.einsum.default, A.lstm.input, A.gru.input, A.rnn_tanh.input, A.rnn_relu.input)
"""Operators that no engine has whole: torch.export writes them as products and sums.

A recurrent layer becomes one copy of its cell per time step.
"""


def capture(module: nn.Module, example_inputs: tuple[torch.Tensor, ...], *, name: str) -> Program:
    """Trace `module` into a Program with the static shapes of `example_inputs`.

    Args:
        module: In eval mode; left untouched.
        example_inputs: One sample, batch first; its shapes become the model's shapes.
        name: A short name for files and reports.

    Raises:
        BrokenModel: The module does not run on the example inputs, or not in float32.
        CannotConvert: It runs, but it is no function of tensors with static shapes.
    """
    _refuse_other_floats(module, example_inputs, name)
    with torch.no_grad():
        try:
            module(*(x.clone() for x in example_inputs))  # it may write into its inputs
        except Exception as error:
            shapes = ", ".join(str(list(x.shape)) for x in example_inputs) or "none"
            raise BrokenModel(
                f"{name} does not run on its example inputs of shape {shapes}: "
                f"{_first_line(error)}; pass inputs of the shape it was trained with"
            ) from error
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", _FLAT_WEIGHTS_WARNING, category=UserWarning)
                exported = torch.export.export(module, example_inputs, strict=False)
        except Exception as error:
            raise CannotConvert(
                f"torch.export cannot trace {name}: {_first_line(error)}; "
                "data-dependent control flow must become torch.where, torch.cond or a constant"
            ) from error
    return capture_exported(exported, name=name)


def capture_exported(exported: ExportedProgram, *, name: str) -> Program:
    """Turn what torch.export made into a Program.

    A decomposition table of five operators keeps Linear, Conv2d, LayerNorm, GELU and attention as
    single operators and removes mutation.

    Raises:
        CannotConvert: It is no function of tensors with static shapes.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_COPY_WARNING, category=FutureWarning)
        functional = exported.run_decompositions(_spelled_out(exported))
        module = functional.module(check_guards=False)
    assert isinstance(module, fx.GraphModule)
    _flatten_output(module)
    _drop_checks(module.graph)
    refuse_uncapturable(module.graph, name)
    module = rebuilt(module)
    _name_by_layer(module.graph)
    program = Program(module, name, (), ())
    for node in module.graph.nodes:
        if node.op == "placeholder":  # one fake-tensor mode for the whole Program
            value = node.meta["val"]
            node.meta = {"layer": "", "val": fake(torch.empty(value.shape, dtype=value.dtype))}
        elif is_constant(node):
            node.meta = {"layer": "", "val": fake(constant(program, node))}
        elif node.target in (A.view.default, A._unsafe_view.default):
            # A view depends on strides, which a rewrite before it may change; reshape does not.
            node.target = A.reshape.default
    inputs = [_port(node, str(node.target)) for node in module.graph.find_nodes(op="placeholder")]
    returned = returned_by(module.graph)
    names = ["output"] if len(returned) == 1 else [f"output_{i}" for i in range(len(returned))]
    outputs = [_port(node, port) for node, port in zip(returned, names, strict=True)]
    return finish(Program(module, name, tuple(inputs), tuple(outputs)))


def returned_by(graph: fx.Graph) -> tuple[fx.Node, ...]:
    """Return the nodes that a graph returns."""
    returned = graph.output_node().args[0]
    assert isinstance(returned, tuple)
    return tuple(node for node in returned if isinstance(node, fx.Node))


def _refuse_other_floats(module: nn.Module, inputs: tuple[torch.Tensor, ...], name: str) -> None:
    named = [*module.named_parameters(), *((f"input {i}", x) for i, x in enumerate(inputs))]
    for where, tensor in named:
        if not isinstance(tensor, torch.Tensor):
            raise BrokenModel(
                f"{where} of {name} is of type {type(tensor).__name__}; "
                "example inputs are tensors, one per argument of forward"
            )
        if tensor.is_floating_point() and tensor.dtype != torch.float32:
            kind = str(tensor.dtype).removeprefix("torch.")
            raise BrokenModel(
                f"{where} of {name} is {kind}; give the float32 model (`model.float()`) and "
                "float32 inputs: they are what int8 is compared with"
            )
        if tensor.device.type != "cpu":
            raise BrokenModel(
                f"{where} of {name} is on {tensor.device}; bring model and inputs to the CPU "
                "(`model.cpu()`), where they are measured"
            )


def _spelled_out(exported: ExportedProgram) -> dict[Any, Callable[..., Any]]:
    present = {node.target for node in exported.graph.nodes}
    wanted = [operator for operator in SPELLED_OUT if operator in present]
    table = torch.export.default_decompositions() if wanted else {}
    return {operator: table[operator] for operator in wanted}


def _port(node: fx.Node, name: str) -> Port:
    value = node.meta["val"]
    return Port(name, tuple(value.shape), str(value.dtype).removeprefix("torch."))


def _flatten_output(module: fx.GraphModule) -> None:
    """Return a flat tuple whatever the module returned: a tensor, a dict, a dataclass."""
    output = module.graph.output_node()
    leaves, _ = torch.utils._pytree.tree_flatten(output.args[0])
    output.args = (tuple(leaf for leaf in leaves if leaf is not None),)
    module.graph.set_codegen(fx.graph.CodeGen())
    module.recompile()


def _drop_checks(graph: fx.Graph) -> None:
    """Drop torch.export's own checks, always true here, and what is written into an input."""
    for node in reversed(graph.nodes):
        writes_input = node.target is A.copy_.default and node.args[0].op == "placeholder"
        if node.target is A._assert_tensor_metadata.default or writes_input:
            graph.erase_node(node)


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
