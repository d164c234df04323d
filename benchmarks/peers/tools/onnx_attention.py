"""ONNX Runtime's fused attention, quantised: onnxsim, transformers.optimizer, then quantize_*.

The quantiser makes com.microsoft.QAttention of a fused com.microsoft.Attention; onnxsim folds the
shape arithmetic that would hide the pattern from the fusion. The fuser's own pattern for a model's
kind ("vit", "bert", "swin") is taken.
"""

from __future__ import annotations

from collections import Counter

import onnx
import onnxsim  # type: ignore[import-not-found]
from onnxruntime.quantization import (  # type: ignore[import-untyped]
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.transformers.optimizer import optimize_model  # type: ignore[import-untyped]

from benchmarks.peers.tools.onnx_runtime import Reader, stripped
from benchmarks.peers.tools.order import Order, run_tool

KINDS = {"bert": "bert", "swin": "swin"}
FUSED = ("Attention", "MultiHeadAttention", "QAttention")


def make(order: Order) -> None:
    """Make all files."""
    fused = order.out / "fused.onnx"
    with order.making("fused", fused.name, order.export_s) as making:
        bare = stripped(order.onnx, order.out / "stripped.onnx")
        simple, _ = onnxsim.simplify(onnx.load(bare))
        plain = order.out / "simple.onnx"
        onnx.save(simple, plain)
        kind = KINDS.get(order.source.name, "vit")
        # 0 heads and width: the fuser reads both from the graph.
        tuned = optimize_model(str(plain), model_type=kind, num_heads=0, hidden_size=0, opt_level=0)
        tuned.save_model_to_file(str(fused))
        making.note = attention_note(fused)
    for name, quantise in (("fused-dynamic", quantize_dynamic), ("fused-static", quantize_static)):
        with order.making(name, f"{name}.onnx", order.export_s) as making:
            readers = (Reader(order),) if quantise is quantize_static else ()
            quantise(fused, making.path, *readers)
            making.note = attention_note(making.path)


def attention_note(path: object) -> str:
    """Return how many attentions a file fuses."""
    kinds = Counter(node.op_type for node in onnx.load(str(path)).graph.node)
    found = [f"{kinds[name]} {name}" for name in FUSED if kinds[name]]
    return ", ".join(found) or "no attention was fused"


if __name__ == "__main__":
    run_tool(make)
