"""Operators that work number by number: they do not care how an image lies in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

A = torch.ops.aten

UNARY: frozenset[Callable[..., Any]] = frozenset(
    {A.relu.default, A.relu6.default, A.hardtanh.default, A.hardswish.default, A.gelu.default,
     A.silu.default, A.sigmoid.default, A.tanh.default, A.hardsigmoid.default, A.clamp.default,
     A.clamp_min.default, A.leaky_relu.default, A.elu.default, A.mish.default, A.abs.default,
     A.neg.default, A.exp.default, A.sqrt.default, A.rsqrt.default, A.square.default,
     A.pow.Tensor_Scalar, A.softplus.default}
)  # fmt: skip

BINARY: frozenset[Callable[..., Any]] = frozenset(
    {A.add.Tensor, A.sub.Tensor, A.mul.Tensor, A.div.Tensor, A.add.Scalar, A.sub.Scalar,
     A.mul.Scalar, A.div.Scalar, A.rsub.Scalar, A.maximum.default, A.minimum.default}
)  # fmt: skip
