"""ExecuTorch's runtime on one thread, from Python."""

from __future__ import annotations

from pathlib import Path

import torch
from executorch.extension.pybindings import portable_lib  # type: ignore[import-not-found]
from executorch.runtime import Runtime  # type: ignore[import-not-found]

from benchmarks.peers.source import Array


class ExecutorchFile:
    """One program."""

    def __init__(self, path: Path) -> None:
        """Load it."""
        self.provider = "XNNPACK"
        self.program = Runtime.get().load_program(path)  # must live as long as its method
        self.method = self.program.load_method("forward")
        self.arguments: tuple[torch.Tensor, ...] = ()

    def answer(self, sample: dict[str, Array]) -> Array:
        """Return the first output."""
        self.bind(sample)
        found: Array = self.method.execute(self.arguments)[0].numpy().copy()
        return found

    def bind(self, sample: dict[str, Array]) -> None:
        """Keep the sample as tensors."""
        self.arguments = tuple(torch.from_numpy(value.copy()) for value in sample.values())

    def invoke(self) -> object:
        """Run once."""
        return self.method.execute(self.arguments)


def open_file(path: Path, sample: dict[str, Array]) -> ExecutorchFile:
    """Open a .pte file, the engine's pool cut to one thread."""
    portable_lib._unsafe_reset_threadpool(1)
    return ExecutorchFile(path)
