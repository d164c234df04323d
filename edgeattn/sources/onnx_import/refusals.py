"""What is refused before any work, all of it at once."""

from __future__ import annotations

import onnx

from edgeattn.sources.onnx_import.operators import OPERATORS
from edgeattn_runtime.errors import BrokenModel, CannotConvert

OLDEST_OPSET = 11  # from 2019; before it Clip, Pad and Resize read differently
NAMED_AT_ONCE = 12


def refuse(model: onnx.ModelProto, file: str) -> None:
    """Raise when the model is too old, already quantised, or uses operators nobody knows."""
    opset = _opset(model)
    if opset is None:
        raise BrokenModel(f"{file} does not say which ONNX operator set it uses; export it again")
    if opset < OLDEST_OPSET:
        raise CannotConvert(
            f"{file} uses ONNX operator set {opset}; {OLDEST_OPSET} is the oldest that is read, so "
            "export it again with a newer one"
        )
    local = {(function.domain, function.name) for function in model.functions}
    nodes = [*model.graph.node, *(node for f in model.functions for node in f.node)]
    quantised = [node for node in nodes if _is_quantised(node.op_type)]
    if quantised:
        raise CannotConvert(
            f"{file} is already quantised ({len(quantised)} nodes, first {_named(quantised[0])}); "
            "hand in the float model that it was made from"
        )
    unknown = [node for node in nodes if not _known(node, local)]
    if unknown:
        listed = ", ".join(_named(node) for node in unknown[:NAMED_AT_ONCE])
        more = len(unknown) - NAMED_AT_ONCE
        rest = f" and {more} more" if more > 0 else ""
        raise CannotConvert(
            f"{file} uses {len(unknown)} operators that are not read from ONNX: {listed}{rest}; "
            "replace them, or hand in the PyTorch module instead"
        )


def domain_of(node: onnx.NodeProto) -> str:
    """Return the node's domain; the default one has two spellings."""
    return "" if node.domain == "ai.onnx" else str(node.domain)


def _opset(model: onnx.ModelProto) -> int | None:
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    return int(versions[0]) if versions else None


def _known(node: onnx.NodeProto, local: set[tuple[str, str]]) -> bool:
    return (domain_of(node), node.op_type) in OPERATORS or (node.domain, node.op_type) in local


def _is_quantised(kind: str) -> bool:
    return (
        "uantizeLinear" in kind
        or kind.startswith(("QLinear", "QGemm", "QAttention"))
        or (kind in ("MatMulInteger", "ConvInteger", "DynamicQuantizeMatMul", "MatMulNBits"))
    )


def _named(node: onnx.NodeProto) -> str:
    kind = f"{domain_of(node)}.{node.op_type}".lstrip(".")
    name = node.name or next(iter(node.output), "")
    return f"{kind} ({name})"
