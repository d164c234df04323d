"""Dropout for a model that was written without: numbers are left out by chance, in training only.

Where it belongs in a transformer (Vaswani et al. 2017, 5.4; Dosovitskiy et al. 2021): on what
attention and MLP of each block add to the tokens, and before the classifier.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import dropout

SUBLAYERS = ("attention", "mlp")


def add_dropout(model: nn.Module, rate: float) -> int:
    """Hook dropout into `model`, which keeps its weights and their names; return how many places.

    The hooks live in this object alone: a checkpoint, an export and the deployed graph have none.

    Args:
        model: Layers named `attention` and `mlp` are sub-layers; the last Linear is the classifier.
        rate: Share of the numbers that become zero; the others grow by 1 / (1 - rate).
    """
    places = 0
    for name, layer in model.named_modules():
        if name.rpartition(".")[2] in SUBLAYERS:

            def after(layer: nn.Module, inputs: Any, output: Any) -> Any:
                if isinstance(output, Tensor):
                    return dropout(output, rate, layer.training)
                return output

            layer.register_forward_hook(after)
            places += 1
    linears = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    if linears:

        def before(layer: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            return (dropout(inputs[0], rate, layer.training), *inputs[1:])

        linears[-1].register_forward_pre_hook(before)
        places += 1
    return places
