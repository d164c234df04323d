"""torchao's int8: dynamic activations in eager mode and compiled, and the x86 PT2E flow compiled.

Compiled models are AOTInductor packages, so that they are files as all others are.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torchao.quantization import (  # type: ignore[import-not-found]
    Int8DynamicActivationInt8WeightConfig,
    quantize_,
)
from torchao.quantization.pt2e.quantize_pt2e import (  # type: ignore[import-not-found]
    convert_pt2e,
    prepare_pt2e,
)
from torchao.quantization.pt2e.quantizer import (  # type: ignore[import-not-found]
    x86_inductor_quantizer as x86,
)

from benchmarks.peers.preparing import example, module
from benchmarks.peers.tools.order import Making, Order, run_tool

Arguments = tuple[torch.Tensor, ...]


def make(order: Order) -> None:
    """Make all files."""
    torch.set_num_threads(1)
    name = order.source.name
    arguments = example(order.source.samples("calibration"))
    with torch.no_grad():
        with order.making("eager", "eager.pt") as making:
            torch.save(module(name), making.path)
        with order.making("compiled", "compiled.pt2") as making:
            package(torch.export.export(module(name), arguments), making)
        with order.making("dynamic", "dynamic.pt") as making:
            torch.save(plain(dynamic(name)), making.path)
        with order.making("dynamic-compiled", "dynamic-compiled.pt2") as making:
            package(torch.export.export(dynamic(name), arguments), making)
        with order.making("pt2e", "pt2e.pt2") as making:
            package(torch.export.export(pt2e(order, arguments), arguments), making, freezing=True)


def dynamic(name: str) -> nn.Module:
    """Return the model with int8 Linears whose activations are quantised as they come."""
    model = module(name)
    quantize_(model, Int8DynamicActivationInt8WeightConfig())
    return model


def pt2e(order: Order, arguments: Arguments) -> nn.Module:
    """Return the model quantised as the x86 Inductor tutorial does."""
    quantizer = x86.X86InductorQuantizer()
    quantizer.set_global(x86.get_default_x86_inductor_quantization_config())
    model: Any = torch.export.export(module(order.source.name), arguments).module()
    ready = prepare_pt2e(model, quantizer)
    for sample in order.calibration():
        ready(*example(sample))
    quantised: nn.Module = convert_pt2e(ready)
    return quantised


def plain(model: nn.Module) -> nn.Module:
    """Return the module without what torchao adds for `print`, which cannot be pickled."""
    for part in model.modules():
        part.__dict__.pop("extra_repr", None)
    return model


def package(
    program: torch.export.ExportedProgram, making: Making, *, freezing: bool = False
) -> None:
    """Compile into one file; freezing packs int8 weights as oneDNN's kernels want them."""
    torch._inductor.aoti_compile_and_package(
        program, package_path=str(making.path), inductor_configs={"freezing": freezing}
    )


if __name__ == "__main__":
    run_tool(make)
