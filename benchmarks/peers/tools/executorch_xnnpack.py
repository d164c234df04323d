"""ExecuTorch with its XNNPACK back end: float, PT2E static per channel, PT2E dynamic."""

from __future__ import annotations

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (  # type: ignore[import-not-found]
    XnnpackPartitioner,
)
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (  # type: ignore[import-not-found]
    XNNPACKQuantizer,
    get_symmetric_quantization_config,
)
from executorch.exir import to_edge_transform_and_lower  # type: ignore[import-not-found]
from torch import nn
from torchao.quantization.pt2e.quantize_pt2e import (  # type: ignore[import-not-found]
    convert_pt2e,
    prepare_pt2e,
)

from benchmarks.peers.preparing import example, module
from benchmarks.peers.tools.order import Making, Order, run_tool


def make(order: Order) -> None:
    """Make all files."""
    arguments = example(order.source.samples("calibration"))
    with order.making("float", "float.pte") as making:
        lower(module(order.source.name), arguments, making)
    for name, dynamic in (("static", False), ("dynamic", True)):
        with order.making(name, f"{name}.pte") as making:
            model = torch.export.export(module(order.source.name), arguments).module()
            options = get_symmetric_quantization_config(is_per_channel=True, is_dynamic=dynamic)
            ready = prepare_pt2e(model, XNNPACKQuantizer().set_global(options))
            for sample in order.calibration():
                ready(*example(sample))
            lower(convert_pt2e(ready), arguments, making)


def lower(model: nn.Module, arguments: tuple[torch.Tensor, ...], making: Making) -> None:
    """Delegate what XNNPACK takes, write the program, and say what it left."""
    exported = torch.export.export(model, arguments)
    edge = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()])
    calls = [node for node in edge.exported_program().graph.nodes if node.op == "call_function"]
    delegates = sum("executorch_call_delegate" in str(node.target) for node in calls)
    making.note = f"{delegates} pieces on XNNPACK"
    making.path.write_bytes(edge.to_executorch().buffer)


if __name__ == "__main__":
    run_tool(make)
