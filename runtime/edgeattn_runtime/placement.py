"""Where the operators of one inference really ran, and what travelled between CPU and GPU.

ONNX Runtime's profile names the provider of every node, the copies among them; LiteRT says only
whether all of the graph was taken. Both carry on with the CPU, or with GPU code that did not
compile, without an error: the answer comes, slow or wrong. `fault` is the sentence that says so.
"""

from __future__ import annotations

import collections
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

COPIES = ("MemcpyToHost", "MemcpyFromHost")
TIMED = "_kernel_time"  # the event of a node's work; others stand for fences before and after

# What engines print about GPU code that the driver refused. It "runs" all the same, and returns
# what lay in the buffer (docs/gpus.md).
COMPLAINTS = (b"Validation error", b"Invalid ComputePipeline", b"Invalid ShaderModule")

# Vulkan drivers that compute on the CPU, by the file that describes them.
SOFTWARE_DRIVERS = ("swiftshader", "lvp_icd", "lavapipe")
DRIVER_VARIABLES = ("VK_DRIVER_FILES", "VK_ICD_FILENAMES")


@dataclass(frozen=True)
class Placement:
    """Where one inference ran.

    Attributes:
        requested: What was asked for, in the engine's words.
        here: Nodes that ran there, copies left out; None where the engine does not count.
        elsewhere: "QuantizeLinear on CPUExecutionProvider" -> how many.
        copies: Between the CPU's memory and the GPU's, inputs and outputs left out.
        whole: Whether the accelerator took all of the graph.
        complaints: Lines about GPU code that did not compile.
        software: Whether a software driver played the GPU.
    """

    requested: str
    here: int | None = None
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    copies: int = 0
    whole: bool = True
    complaints: tuple[str, ...] = ()
    software: bool = False

    @property
    def fell_back(self) -> bool:
        """Return whether nothing ran where it should."""
        return self.here == 0

    def fault(self, *, partial: bool = False) -> str | None:
        """Return what is wrong with it, or None.

        Args:
            partial: Whether operators that the accelerator lacks may run on the CPU.
        """
        if self.complaints:
            return (
                f"{self.requested} could not compile its code and returned something all the same "
                f"({self.complaints[0]}); use another form of the model, or another driver"
            )
        if self.fell_back:
            return f"{self.requested} was asked for and ran nothing: {self}"
        if not self.whole and not partial:
            return (
                f"{self.requested} did not take the whole graph: {self}; convert the model for it, "
                "or allow that with partial=yes"
            )
        return None

    def __str__(self) -> str:
        """Return it in a few words."""
        if self.here is None:
            words = "all on the GPU" if self.whole else "partly on the CPU"
        else:
            total = self.here + sum(self.elsewhere.values())
            words = f"{self.here} of {total} nodes on {self.requested}"
            if self.elsewhere:
                words += ", " + ", ".join(f"{n} {what}" for what, n in self.elsewhere.items())
            words += f", {self.copies} copies a run" if self.copies else ", no copies"
        return words + (", by a software driver whose times are no GPU's" if self.software else "")


def from_profile(
    events: Iterable[Mapping[str, Any]], requested: str, *, software: bool = False
) -> Placement:
    """Return the placement in ONNX Runtime's profile of one inference.

    Args:
        events: What `InferenceSession.end_profiling` wrote, read as JSON.
        requested: The provider asked for, such as "WebGpuExecutionProvider".
        software: Whether a software driver plays the GPU.
    """
    here, copies = 0, 0
    elsewhere: collections.Counter[str] = collections.Counter()
    for event in events:
        if event.get("cat") != "Node" or not str(event.get("name", "")).endswith(TIMED):
            continue
        facts = event.get("args", {})
        operator, provider = facts.get("op_name", "?"), facts.get("provider", "?")
        if operator in COPIES:
            copies += 1
        elif provider == requested:
            here += 1
        else:
            elsewhere[f"{operator} on {provider}"] += 1
    return Placement(
        requested,
        here=here,
        elsewhere=dict(elsewhere.most_common()),
        copies=copies,
        whole=here > 0 and not elsewhere,
        software=software,
    )


def complaints_in(said: Iterable[bytes]) -> tuple[str, ...]:
    """Return the lines that an engine printed about GPU code it could not use."""
    return tuple(
        line.decode("utf-8", "replace").strip()[:200]
        for line in said
        if any(phrase in line for phrase in COMPLAINTS)
    )


def software_driver(environment: Mapping[str, str] | None = None) -> bool:
    """Tell whether the environment names a Vulkan driver that computes on the CPU."""
    environment = os.environ if environment is None else environment
    named = " ".join(environment.get(variable, "") for variable in DRIVER_VARIABLES).lower()
    return any(driver in named for driver in SOFTWARE_DRIVERS)
