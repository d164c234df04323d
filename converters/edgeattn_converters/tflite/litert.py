"""The fallback: litert-torch writes the file, for operators that our own writer lacks.

It is an optional extra (1.2 GB, no wheels for Windows or Linux on ARM), imported on use.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from ai_edge_litert import schema_py_generated as schema  # type: ignore[import-untyped]

from edgeattn_converters import operators
from edgeattn_converters.arguments import arguments
from edgeattn_converters.program import Program, add_constant, constant
from edgeattn_converters.tflite.builder import operator_code, packed
from edgeattn_converters.tflite.dialect import DEQUANTIZE_CHANNELS, EDGE
from edgeattn_runtime.errors import BadEnvironment, CannotConvert

QUANTIZE_CHANNELS = torch.ops.quantized_decomposed.quantize_per_channel.default

# What litert-torch does not know is traced through to ATen.
PYTHON = {
    EDGE.conv2d_nhwc.default: operators.conv2d_nhwc,
    EDGE.max_pool2d_nhwc.default: operators.max_pool2d_nhwc,
    EDGE.avg_pool2d_nhwc.default: operators.avg_pool2d_nhwc,
    EDGE.multi_head_attention.default: operators.multi_head_attention,
}


def lower(program: Program) -> bytes:
    """Return the file of a Program, written by litert-torch with the Program's own scales.

    Raises:
        BadEnvironment: litert-torch is not installed.
        CannotConvert: It cannot convert the Program either.
    """
    litert_torch, options = _litert()
    module = for_litert(program).graph_module
    inputs = tuple(
        torch.zeros(port.shape, dtype=getattr(torch, port.dtype)) for port in program.inputs
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        try:
            litert_torch.convert(module, inputs, **options).export(str(path))
        except Exception as error:
            raise CannotConvert(
                f"litert-torch cannot convert {program.name} either: {error}; replace the "
                "operator it names"
            ) from error
        content = path.read_bytes()
    return finished(
        content,
        [port.name for port in program.inputs],
        [port.name for port in program.outputs],
    )


def for_litert(program: Program) -> Program:
    """Return a copy that litert-torch reads as int8.

    It refuses stored int8 weights, so each becomes float32 again and the graph quantises it:
    the same integers come out.
    """
    program = program.copy()
    graph = program.graph
    for node in list(graph.nodes):
        if node.target in PYTHON:
            node.target = PYTHON[node.target]._init_fn
        if node.target is not DEQUANTIZE_CHANNELS:
            continue
        given = arguments(node)
        levels, scales = (constant(program, given[name]) for name in ("input", "scales"))
        rank = [1] * levels.dim()
        rank[given["axis"]] = -1
        with graph.inserting_before(node):
            real = add_constant(program, f"{node.name}_float", levels * scales.view(rank))
            parameters = (given["scales"], given["zero_points"], given["axis"], -127, 127)
            again = graph.call_function(QUANTIZE_CHANNELS, (real, *parameters, torch.int8))
        node.replace_input_with(given["input"], again)
    program.graph_module.recompile()
    return program


def finished(content: bytes, inputs: list[str], outputs: list[str]) -> bytes:
    """Return a file with these ports, float32 where litert-torch moved the border into int8.

    It calls its inputs "args_0", "args_1", in the order of the caller's arguments, and folds
    the first QUANTIZE and the last DEQUANTIZE into the type of the ports.
    """
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    signature, graph = model.signatureDefs[0], model.subgraphs[0]
    order = {int(index): place for place, index in enumerate(graph.outputs)}
    for port in signature.inputs:
        port.name = inputs[int(port.name.decode().rpartition("_")[2])].encode()
    for port in signature.outputs:
        port.name = outputs[order[port.tensorIndex]].encode()
    moved = {}
    for index in map(int, [*graph.inputs, *graph.outputs]):
        if graph.tensors[index].type == schema.TensorType.INT8 and index not in moved:
            moved[index] = _float_port(model, graph, index, is_input=index in graph.inputs)
    graph.inputs = [moved.get(int(index), int(index)) for index in graph.inputs]
    graph.outputs = [moved.get(int(index), int(index)) for index in graph.outputs]
    for port in [*signature.inputs, *signature.outputs]:
        port.tensorIndex = moved.get(port.tensorIndex, port.tensorIndex)
    return packed(model)


def _float_port(model: Any, graph: Any, index: int, is_input: bool) -> int:
    """Put a QUANTIZE before an int8 input, or a DEQUANTIZE behind an output: a float32 port."""
    port = schema.TensorT()
    port.name = graph.tensors[index].name + b";float"
    port.shape = graph.tensors[index].shape
    port.type = schema.TensorType.FLOAT32
    graph.tensors.append(port)
    name, number = ("QUANTIZE", 1) if is_input else ("DEQUANTIZE", 2)
    model.operatorCodes.append(operator_code(getattr(schema.BuiltinOperator, name), number))
    node = schema.OperatorT()
    node.opcodeIndex = len(model.operatorCodes) - 1
    border = [index, len(graph.tensors) - 1]
    node.outputs, node.inputs = ([border[0]], [border[1]]) if is_input else (border[1:], border[:1])
    graph.operators.insert(0 if is_input else len(graph.operators), node)
    return border[1]


def _litert() -> tuple[Any, dict[str, Any]]:
    """Return litert-torch, and the option that makes it fold quantize and dequantize nodes."""
    try:
        import litert_torch  # type: ignore[import-not-found]
        from litert_torch.quantize import (  # type: ignore[import-not-found]
            pt2e_quantizer,
            quant_config,
        )
    except ImportError as error:
        raise BadEnvironment(
            "the fallback converter litert-torch is not installed; install it with "
            "pip install 'edgeattn[litert]' (Linux on x86-64 or macOS on ARM)"
        ) from error
    # Only a switch: without a quantizer the nodes stay as operators around float ones.
    settings = pt2e_quantizer.get_symmetric_quantization_config(is_per_channel=True)
    quantizer = pt2e_quantizer.PT2EQuantizer().set_global(settings)
    return litert_torch, {"quant_config": quant_config.QuantConfig(pt2e_quantizer=quantizer)}
