"""What to write instead of operators that small engines lack, in one line each."""

from __future__ import annotations

INSTEAD = {
    "im2col": "nn.Conv2d with a constant kernel; patches that do not overlap: x.reshape(b, c, "
    "h // p, p, w // p, p).permute(0, 2, 4, 1, 3, 5)",
    "col2im": "reshape and permute back, where the patches do not overlap",
    "stft": "keep the spectrum outside of the model, or two nn.Conv1d whose weights are the "
    "windowed cosines and sines",
    "topk": "return the scores and sort them outside; inside the model, max_pool or a threshold",
    "sort": "return the scores and sort them outside",
    "group_norm": "nn.BatchNorm2d: it folds into the convolution before it and costs nothing",
    "instance_norm": "nn.BatchNorm2d: it folds into the convolution before it and costs nothing",
    "elu": "F.relu(x) + small as the feature map of linear attention, and nn.ReLU elsewhere",
    "conv_transpose2d": "nn.Upsample(scale_factor=2) and then nn.Conv2d",
    "conv_transpose1d": "nn.Upsample(scale_factor=2) and then nn.Conv1d",
    "upsample_bilinear2d": 'nn.Upsample(mode="nearest"), or a fixed convolution',
    "upsample_bicubic2d": 'nn.Upsample(mode="nearest"), or a fixed convolution',
    "cumsum": "x @ torch.ones(n, n).triu(): a product with a constant",
    "conv3d": "nn.Conv2d over height and width, then nn.Conv1d over time",
    "erf": "torch.nn.GELU where it is part of one",
    "var": "torch.nn.LayerNorm where it is part of one",
    "einsum": "torch.matmul, or nn.Linear where one operand is a weight",
}
"""The operator's name in ATen, without its overload -> what to write."""


def instead_of(operator: str) -> str:
    """Return what to write instead of "aten.topk.default", "topk" or "_softmax", or ""."""
    words = operator.split(".")
    name = words[1] if words[0] == "aten" and len(words) > 1 else words[0]
    return INSTEAD.get(name.lstrip("_"), "")
