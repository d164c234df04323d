"""A loss that is no number, and the batch that caused it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from edgeattn_runtime.errors import BadData

FILE = "failed-batch.npz"
SHOWN = 8


class LossNotFinite(BadData):
    """A step whose loss or gradient is NaN or infinite; the weights are those before it.

    Attributes:
        rows: int64 [batch], which training samples.
        inputs: The model's inputs as it met them, changes included.
        truth: What it should have said.
    """

    def __init__(
        self,
        fault: str,
        where: str,
        rate: float,
        *,
        rows: Tensor,
        inputs: tuple[Tensor, ...],
        truth: Tensor,
        kept: str = "",
    ) -> None:
        """Say what was not finite, in which batch, at which learning rate."""
        self.fault, self.where, self.rate = fault, where, rate
        self.rows, self.inputs, self.truth = rows, inputs, truth
        shown = ", ".join(str(row) for row in rows[:SHOWN].tolist())
        more = ", ..." if len(rows) > SHOWN else ""
        super().__init__(
            f"{fault} in {where} (samples {shown}{more}) at learning rate {rate:.2g}; look at "
            f"these samples{kept} or lower the rate; the last whole epoch is kept"
        )


def keep_batch(failure: LossNotFinite, folder: Path) -> LossNotFinite:
    """Write the batch to `folder`, and return the failure with the file's name in it.

    The file holds `rows`, `truth` and `input0`, `input1`, ... in the order of the model's inputs.
    """
    arrays: dict[str, Any] = {
        f"input{place}": part.numpy() for place, part in enumerate(failure.inputs)
    }
    folder.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        np.savez(folder / FILE, rows=failure.rows.numpy(), truth=failure.truth.numpy(), **arrays)
    return LossNotFinite(
        failure.fault,
        failure.where,
        failure.rate,
        rows=failure.rows,
        inputs=failure.inputs,
        truth=failure.truth,
        kept=f" in {folder / FILE}",
    )
