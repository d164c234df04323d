"""The walk over an ONNX graph: each node becomes constants or calls of PyTorch functions."""

from __future__ import annotations

from typing import Any

import onnx
import torch
from torch import fx

from edgeattn.sources.onnx_import.fuse_linear_bias import fuse_linear_bias
from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.operators import OPERATORS
from edgeattn.sources.onnx_import.ports import example_of, python_name
from edgeattn.sources.onnx_import.recorder import Recorder, Value
from edgeattn.sources.onnx_import.refusals import domain_of
from edgeattn.sources.onnx_import.tensors import stored_tensor
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError
from edgeattn_runtime.errors import BrokenModel, CannotConvert


def import_graph(
    model: onnx.ModelProto, file: str
) -> tuple[fx.GraphModule, dict[str, torch.Tensor]]:
    """Return the module, and one example per input under the names `forward` gives them."""
    recorder = Recorder()
    values: dict[str, Value] = _weights(model, recorder, file)
    examples = _inputs(model, recorder, values, file)
    opsets = {entry.domain: int(entry.version) for entry in model.opset_import}
    read = {name for node in model.graph.node for name in node.input}
    read |= {port.name for port in model.graph.output}
    for node in model.graph.node:
        try:
            _record(recorder, node, values, opsets, read)
        except UnreadableNodeError as error:
            name = node.name or next(iter(node.output), "")
            raise CannotConvert(
                f"{file}: {node.op_type} ({name}) cannot be read: {error}"
            ) from error
    missing = [port.name for port in model.graph.output if port.name not in values]
    if missing or not model.graph.output:
        raise BrokenModel(
            f"{file}: {', '.join(missing) or 'every'} output is missing; export it again"
        )
    module = recorder.finish(tuple(values[port.name] for port in model.graph.output))
    fuse_linear_bias(module)  # LayerNorm and GELU are put together by the passes
    _tidy(module)
    return module, examples


def _weights(model: onnx.ModelProto, recorder: Recorder, file: str) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for tensor in model.graph.initializer:
        try:
            values[tensor.name] = recorder.named(stored_tensor(tensor), tensor.name)
        except UnreadableNodeError as error:
            raise BrokenModel(
                f"{file}: weight {tensor.name} cannot be read: {error}; export or copy it again"
            ) from error
    return values


def _inputs(
    model: onnx.ModelProto, recorder: Recorder, values: dict[str, Value], file: str
) -> dict[str, torch.Tensor]:
    examples: dict[str, torch.Tensor] = {}
    for port in model.graph.input:
        if port.name in values:  # until opset 13 weights were listed as inputs too
            continue
        name = python_name(port.name, examples)
        try:
            examples[name] = example_of(port, file)
        except UnreadableNodeError as error:
            raise CannotConvert(f"{file}: input {port.name} cannot be read: {error}") from error
        values[port.name] = recorder.input(name, examples[name])
    if not examples:
        raise BrokenModel(f"{file} has no inputs, so it always answers the same; export it again")
    return examples


def _record(
    recorder: Recorder,
    node: onnx.NodeProto,
    values: dict[str, Value],
    opsets: dict[str, int],
    read: set[str],
) -> None:
    operation = Operation(
        kind=node.op_type,
        opset=opsets.get(node.domain, opsets.get("", 0)),
        inputs=tuple(values[name] if name else None for name in node.input),
        attributes={attribute.name: _attribute(attribute) for attribute in node.attribute},
        outputs=len(node.output),
    )
    result: Any = OPERATORS[domain_of(node), node.op_type](recorder, operation)
    results = result if isinstance(result, tuple) else (result,)
    beyond = [name for name in node.output[len(results) :] if name and name in read]
    if beyond:
        raise UnreadableNodeError(f"its output {beyond[0]} is used; only the first is read")
    for name, value in zip(node.output, results, strict=False):
        if name:
            values[name] = recorder.named(value, name)


def _attribute(attribute: onnx.AttributeProto) -> Any:
    value = onnx.helper.get_attribute_value(attribute)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, onnx.TensorProto):
        return stored_tensor(value)
    if isinstance(value, (int, float)):
        return value
    if attribute.type in (onnx.AttributeProto.FLOATS, onnx.AttributeProto.INTS):
        return list(value)
    kind = onnx.AttributeProto.AttributeType.Name(attribute.type)
    raise UnreadableNodeError(f"its attribute {attribute.name} is of kind {kind}")


def _tidy(module: fx.GraphModule) -> None:
    """Drop what nothing reads, and switch to eval mode."""
    module.graph.eliminate_dead_code()
    module.graph.lint()
    module.recompile()
    used = {str(node.target) for node in module.graph.nodes if node.op == "get_attr"}
    stored = [*dict(module.named_parameters()), *dict(module.named_buffers())]
    for name in stored:
        if name not in used:
            owner, _, leaf = name.rpartition(".")
            delattr(module.get_submodule(owner), leaf)
    module.eval()
