"""A session on LiteRT's GPU accelerator, through CompiledModel.

CompiledModel opens files whose GPU code does not compile, reports full acceleration, and returns
what lay in the buffer; only stderr tells. So the first run is listened to (`placement`).
"""

from __future__ import annotations

import atexit
import functools
import importlib.metadata
import os
import re
import traceback
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeattn_runtime.errors import BadEnvironment, BrokenModel
from edgeattn_runtime.fit import misfit
from edgeattn_runtime.placement import Placement, complaints_in, software_driver
from edgeattn_runtime.port import Port
from edgeattn_runtime.providers import LitertGpu
from edgeattn_runtime.quiet import heard_engine
from edgeattn_runtime.session import matches

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array, Arrays

STREAMS = (1, 2)  # it prints on both
ADAPTER = re.compile(rb"Selected adapter: ([^,]+).*adapterType=([^\n]+)")
# The loader's own words first: a missing libvulkan shows as "No adapters found", too.
NO_ADAPTER = (re.compile(rb"Couldn't load Vulkan[^\n]*"), re.compile(rb"No adapters? found"))
FAILED = re.compile(r"^(?:ERROR|E0000)[^\]]*\]\s*(.+)$", re.MULTILINE)


class LitertGpuSession:
    """One TFLite file on the GPU; see `session.Session`."""

    def __init__(self, model: Path | bytes, *, name: str, provider: LitertGpu) -> None:
        """Compile `model` for the GPU and run it once on zeros."""
        compiled_model, options = _options(provider)
        said: list[bytes] = []
        self._name = name
        try:
            with heard_engine(said, STREAMS):
                self._gpu = _Compiled(
                    compiled_model.from_file(os.fspath(model), options=options)
                    if isinstance(model, Path)
                    else compiled_model.from_buffer(model, options=options)
                )
                # It says goodbye on stderr, at the latest when Python ends.
                weakref.finalize(self, self._gpu.close)
                whole = bool(self._gpu.model.is_fully_accelerated())
                self._read_ports()
                self.run({port.name: np.zeros(port.shape, port.dtype) for port in self.inputs})
        except RuntimeError as error:
            with heard_engine([], STREAMS):  # what was half opened says goodbye, too
                traceback.clear_frames(error.__traceback__)
            raise _refusal(error, said, name) from error
        told = b"".join(said)
        adapter = ADAPTER.search(told)
        software = software_driver() or (adapter is not None and b"CPU" in adapter.group(2))
        self.placement: Placement | None = Placement(
            LitertGpu.requested, whole=whole, complaints=complaints_in(said), software=software
        )
        self.engine_version = importlib.metadata.version("ai-edge-litert")
        self.engine = str(provider)
        self.provider_requested = LitertGpu.requested
        on = f" on {adapter.group(1).decode('utf-8', 'replace')}" if adapter else ""
        self.kernels: str | None = None
        self.provider_actual = f"{LitertGpu.requested}{on}" + ("" if whole else " and CPU")

    def _read_ports(self) -> None:
        """Read the ports from the signature."""
        model = self._gpu.model
        key, names = next(iter(model.get_signature_list().items()))
        inputs, outputs = model.get_input_tensor_details(key), model.get_output_tensor_details(key)
        self.inputs = tuple(_port(name, inputs[name]) for name in names["inputs"])
        self.outputs = tuple(_port(name, outputs[name]) for name in names["outputs"])
        self._matches = matches(self.inputs)
        self._sizes = [
            (i, int(np.prod(port.shape)), np.dtype(port.dtype).type)
            for i, port in enumerate(self.outputs)
        ]

    def run(self, inputs: Arrays) -> dict[str, Array]:
        """Run once; see `Session.run`."""
        self.bind(inputs)
        return self.fetch()

    def bind(self, inputs: Arrays) -> None:
        """Copy inputs into the GPU's buffers and run once; see `Session.bind`."""
        if len(inputs) != len(self._matches):
            raise misfit(self.inputs, inputs)
        for i, (name, shape, dtype) in enumerate(self._matches):
            value = inputs.get(name)
            if type(value) is not np.ndarray or value.shape != shape or value.dtype != dtype:
                raise misfit(self.inputs, inputs)
            self._gpu.inputs[i].write(np.ascontiguousarray(value))
        try:
            self.invoke()
        except RuntimeError as error:
            raise BrokenModel(f"litert-gpu failed while running {self._name}: {error}") from error

    def invoke(self) -> None:
        """Run with the bound inputs and wait for the answer, which is read; see `Session.invoke`.

        The GPU works on after `run_by_index` returns: only reading waits for it.
        """
        gpu = self._gpu
        gpu.model.run_by_index(0, gpu.inputs, gpu.outputs)
        self._found = [gpu.outputs[i].read(size, kind) for i, size, kind in self._sizes]

    def fetch(self) -> dict[str, Array]:
        """Return copies of the last outputs; see `Session.fetch`."""
        return {
            port.name: np.array(self._found[i]).reshape(port.shape)
            for i, port in enumerate(self.outputs)
        }


class _Compiled:
    """A compiled model and its buffers, which must end together, and quietly."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.inputs = model.create_input_buffers(0)
        self.outputs = model.create_output_buffers(0)

    def close(self) -> None:
        with heard_engine([], STREAMS):
            self.inputs = self.outputs = self.model = None


def _options(provider: LitertGpu) -> tuple[Any, Any]:
    """Return the class CompiledModel and the options for it."""
    try:
        with heard_engine([], STREAMS):
            from ai_edge_litert import (  # type: ignore[import-untyped]
                compiled_model,
                options,
            )
    except ImportError as error:
        raise BadEnvironment(
            f"this ai-edge-litert has no CompiledModel ({error}); "
            "`pip install --upgrade ai-edge-litert` brings it"
        ) from error
    _end_quietly()
    gpu = {key: value == "1" for key, value in provider.engine_options().items()}
    chosen = options.Options(
        hardware_accelerators=compiled_model.HardwareAccelerator.GPU,
        gpu_options=options.GpuOptions(**gpu),
    )
    return compiled_model.CompiledModel, chosen


@functools.lru_cache
def _end_quietly() -> None:
    """Let LiteRT say goodbye to its accelerators on nobody's stderr when Python ends."""
    atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), 2))


def _port(name: str, details: dict[str, Any]) -> Port:
    return Port(name, tuple(int(n) for n in details["shape"]), str(details["dtype"]))


def _refusal(error: RuntimeError, said: list[bytes], name: str) -> BadEnvironment | BrokenModel:
    """Return the error for a file that did not open: no GPU, or not this file."""
    told = b"".join(said)
    for reason in NO_ADAPTER:
        found = reason.search(told)
        if found is not None and ADAPTER.search(told) is None:
            return BadEnvironment(
                "LiteRT's GPU accelerator finds no GPU here "
                f"({found.group().decode('utf-8', 'replace').strip()}); install the GPU's Vulkan "
                "driver, or take the CPU with --engine tflite"
            )
    reasons = FAILED.findall(told.decode("utf-8", "replace")) or [" ".join(str(error).split())]
    return BrokenModel(
        f"LiteRT's GPU accelerator cannot compile {name}: {reasons[0]}; "
        "`edgeattn convert --target litert-gpu` writes a form that it takes"
    )
