"""What the kernel's arithmetic costs on the queries, keys and values of trained models.

Every attention layer's Q, K and V on real samples, rounded to int8 (one scale per tensor), go
through a float softmax and through the kernel; both are compared with float attention of the
unrounded tensors. So the first figure is what int8 inputs cost, the second adds the kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from numpy.typing import NDArray

from edgeattn.data.load import load_data
from edgeattn.models.attention.heads import attention_weights
from edgeattn.models.attention.multi_head import MultiHeadAttention
from edgeattn.sources.zoo import load_from_zoo
from edgeattn_kernels import attention
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.errors import EdgeattnError

Array = NDArray[Any]
SAMPLES = 16
MODELS = {
    "gesture-hybrid": "gestures",
    "gesture-vit": "gestures",
    "keyword-hybrid": "fsdd",
    "motion-hybrid": "sp_sw_har",
}
LARGEST = 127


@dataclass(frozen=True)
class Layer:
    """One attention layer on real samples.

    Attributes:
        model: The zoo's name.
        layer: The module's name in it.
        tokens: Keys of one query.
        float_db: SQNR of a float softmax on int8 tensors.
        kernel_db: Of the kernel on the same ones, with 8-bit weights.
        fine_db: With two planes.
    """

    model: str
    layer: str
    tokens: int
    float_db: float
    kernel_db: float
    fine_db: float

    @property
    def lost_db(self) -> float:
        """Return what the kernel loses against the float softmax."""
        return self.float_db - self.kernel_db

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    def cells(self) -> tuple[str, ...]:
        """Return one row of a table."""
        return (
            self.model,
            self.layer,
            str(self.tokens),
            f"{self.float_db:.1f}",
            f"{self.kernel_db:.1f} ({-self.lost_db:+.1f})",
            f"{self.fine_db:.1f}",
        )


def layers() -> tuple[Layer, ...]:
    """Return every layer of every model whose data are at hand."""
    found: list[Layer] = []
    for model, data in MODELS.items():
        try:
            samples = load_data(data, samples=SAMPLES)
        except EdgeattnError:
            continue
        found += _of(model, samples.x)
    return tuple(found)


def _of(model: str, samples: Mapping[str, Array]) -> list[Layer]:
    module = load_from_zoo(model).module
    found: list[Layer] = []
    for name, layer in module.named_modules():
        if isinstance(layer, MultiHeadAttention):
            layer.register_forward_hook(_measure(model, name, found))
    with torch.no_grad():
        module(*(torch.from_numpy(x) for x in samples.values()))
    return found


def _measure(model: str, name: str, found: list[Layer]) -> Any:
    def hook(layer: MultiHeadAttention, inputs: tuple[torch.Tensor, ...], _: torch.Tensor) -> None:
        q, k, v = (part.contiguous() for part in layer.project(inputs[0]))
        found.append(compare(model, name, q, k, v))

    return hook


def compare(model: str, name: str, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> Layer:
    """Measure one layer's tensors, [batch, heads, tokens, head_width]."""
    real = (attention_weights(q.double(), k.double()) @ v.double()).numpy()
    (q8, q_scale), (k8, k_scale), (v8, v_scale) = (rounded(part) for part in (q, k, v))
    back = (part.double() * scale for part, scale in ((q8, q_scale), (k8, k_scale), (v8, v_scale)))
    rounded_q, rounded_k, rounded_v = back
    softmax = (attention_weights(rounded_q, rounded_k) @ rounded_v).numpy()
    ours = [
        attention(
            q8.numpy(), k8.numpy(), v8.numpy(),
            score_scale=q_scale * k_scale * q.shape[-1] ** -0.5, v_scale=v_scale, planes=planes,
        )
        for planes in (1, 2)
    ]  # fmt: skip
    db = [sqnr_db(real, x) for x in (softmax, *ours)]
    return Layer(model, name, k.shape[2], *db)


def rounded(x: torch.Tensor) -> tuple[torch.Tensor, float]:
    """Return x as int8, symmetric, and what one step is worth."""
    scale = float(x.abs().max()) / LARGEST
    return torch.round(x / scale).to(torch.int8), scale
