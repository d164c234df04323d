"""PyTorch on one thread: a pickled module in eager mode, or an AOTInductor package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from benchmarks.peers.source import Array


class TorchFile:
    """One model."""

    def __init__(self, path: Path) -> None:
        """Load it; the pickles are the bench's own."""
        torch.set_num_threads(1)
        torch.set_grad_enabled(False)
        eager = path.suffix == ".pt"
        self.provider = "eager" if eager else "AOTInductor"
        self.model: Any = (
            torch.load(path, weights_only=False)
            if eager
            else torch._inductor.aoti_load_package(str(path))
        )
        self.arguments: tuple[torch.Tensor, ...] = ()

    def answer(self, sample: dict[str, Array]) -> Array:
        """Return the first output."""
        self.bind(sample)
        found = self.invoke()
        first: Array = (found if isinstance(found, torch.Tensor) else found[0]).numpy().copy()
        return first

    def bind(self, sample: dict[str, Array]) -> None:
        """Keep the sample as tensors."""
        self.arguments = tuple(torch.from_numpy(value.copy()) for value in sample.values())

    def invoke(self) -> Any:
        """Run once."""
        return self.model(*self.arguments)


def open_file(path: Path, sample: dict[str, Array]) -> TorchFile:
    """Open a .pt or .pt2 file."""
    return TorchFile(path)
