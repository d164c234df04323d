"""Lower a Program to ONNX, with exactly the scales it carries.

torch.onnx knows every ATen operator; what ONNX Runtime does better under another name is named
before (integer_operators.py, float_operators.py) and passes through.
"""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator

import onnx
import onnx.numpy_helper
import torch

from edgeattn_converters.onnx.explicit_pairs import explicit_pairs
from edgeattn_converters.onnx.float_operators import float_operators
from edgeattn_converters.onnx.fused_attention import define_operators
from edgeattn_converters.onnx.fused_norms import fused_norms
from edgeattn_converters.onnx.fused_siblings import define_siblings
from edgeattn_converters.onnx.integer_operators import integer_operators
from edgeattn_converters.onnx.integer_views import integer_views
from edgeattn_converters.onnx.symbolic import OPSET
from edgeattn_converters.onnx.uint8 import shift_to_uint8
from edgeattn_converters.onnx.weight_groups import weight_groups
from edgeattn_converters.program import Program
from edgeattn_runtime.errors import CannotConvert

NAMED = (shift_to_uint8, integer_views, integer_operators, float_operators, fused_norms)
EXPLICIT = (weight_groups, explicit_pairs)
STEPS = {"named": NAMED, "qdq": EXPLICIT, "qdq-unsigned": (shift_to_uint8, explicit_pairs)}
"""By Policy.operators, what happens to a Program before torch.onnx writes it."""


def lower(program: Program, operators: str = "named") -> bytes:
    """Return the ONNX model of a Program, float or quantised.

    Args:
        program: What to write.
        operators: How integer work is named, as in Policy.operators.

    Raises:
        CannotConvert: torch.onnx has no translation for an operator.
    """
    for step in STEPS[operators]:
        program = step(program)
    inputs = tuple(
        torch.zeros(port.shape, dtype=getattr(torch, port.dtype)) for port in program.inputs
    )
    with quiet():
        try:
            exported = torch.onnx.export(
                program.graph_module,
                inputs,
                input_names=[port.name for port in program.inputs],
                output_names=[port.name for port in program.outputs],
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
                optimize=True,
            )
        except Exception as error:
            raise CannotConvert(
                f"torch.onnx cannot write {program.name}: {_cause(error)}; "
                "run with -v for the operator and its place"
            ) from error
    assert exported is not None
    model = exported.model_proto
    content: bytes = _tidy(model, program).SerializeToString(deterministic=True)
    return content


def _tidy(model: onnx.ModelProto, program: Program) -> onnx.ModelProto:
    """Drop what names the exporting machine and what engines do not read."""
    model.producer_name, model.producer_version = "edgeattn", ""
    model.graph.name = program.name
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    # Stale shapes crash onnxruntime.quantization on torch's exports; engines infer their own.
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for tensor in model.graph.initializer:
        tensor.doc_string = ""
    for value in (*model.graph.input, *model.graph.output):
        del value.metadata_props[:]
    del model.functions[:]
    define_operators(model)
    define_siblings(model)
    _share_constants(model.graph)
    onnx.checker.check_model(model, full_check=False)
    return model


def _share_constants(graph: onnx.GraphProto) -> None:
    """Store equal constants once: a Linear that is called twice has one weight."""
    kept: dict[tuple[object, ...], str] = {}
    names: dict[str, str] = {}
    answers = {output.name for output in graph.output}
    for tensor in list(graph.initializer):
        if tensor.name in answers:
            continue
        key = (tensor.data_type, tuple(tensor.dims), onnx.numpy_helper.to_array(tensor).tobytes())
        names[tensor.name] = kept.setdefault(key, tensor.name)
        if names[tensor.name] != tensor.name:
            graph.initializer.remove(tensor)
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]


def _cause(error: BaseException) -> str:
    """Return the first line of the innermost error: the one that names the operator."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep torch.onnx from talking: its progress, its missing torchvision, its own warnings."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with (
            warnings.catch_warnings(),
            open(os.devnull, "w") as nowhere,
            contextlib.redirect_stdout(nowhere),
        ):
            # Raised by torch.onnx.export 2.13 about its own internals.
            warnings.filterwarnings("ignore", category=FutureWarning, module=r"torch\..*")
            warnings.filterwarnings(
                "ignore", message=r".*isinstance\(treespec, LeafSpec\).*", category=FutureWarning
            )
            yield
    finally:
        logger.setLevel(level)
