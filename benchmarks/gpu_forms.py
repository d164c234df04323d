"""Which graph forms GPU engines compute rightly: LiteRT's accelerator and ONNX Runtime's WebGPU.

    VK_ICD_FILENAMES=FILE python -m benchmarks.gpu_forms --webgpu-python PYTHON

FILE describes a Vulkan driver; a software one will do, such as SwiftShader, which Debian's chromium
brings along as vk_swiftshader_icd.json beside its libvulkan.so.1 (name that folder in
LD_LIBRARY_PATH where the system has no libvulkan). PYTHON belongs to an environment with
onnxruntime-webgpu and numpy. What is missing is said on the page instead of a number. Times mean
nothing on a software driver, so none is taken.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.peers.blocks import Block, WindowBlock
from benchmarks.record import Page, Table, effort_of, parse, write
from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.capture import capture
from edgeattn_converters.drafts import drafts
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.policy import Policy
from edgeattn_converters.recipe import RECIPES
from edgeattn_runtime import machine

WORKER = Path(__file__).with_name("gpu_forms_worker.py")
WORDS = 200  # of an engine's message


class Heads(nn.Module):
    """Attention as nn.MultiheadAttention spells it: heads on the first of three axes."""

    def __init__(self, bias: tuple[int, ...] | None, axes: int = 3) -> None:
        """Make it for 16 tokens, 4 heads of 8."""
        super().__init__()
        self.parts = nn.ModuleList(nn.Linear(32, 32) for _ in range(4))
        self.bias = None if bias is None else nn.Parameter(2 * torch.randn(bias))
        self.lead = (4,) if axes == 3 else (1, 4)

    def forward(self, x: Tensor) -> Tensor:
        """Mix the tokens [1, 16, 32]."""
        q, k, v = (
            part(x).reshape(1, 16, 4, 8).transpose(1, 2).reshape(*self.lead, 16, 8)
            for part in list(self.parts)[:3]
        )
        scores = q @ k.transpose(-1, -2)
        if self.bias is not None:
            scores = scores + self.bias
        mixed = scores.softmax(-1).reshape(*self.lead, 16, 16) @ v
        joined = mixed.reshape(1, 4, 16, 8).transpose(1, 2).reshape(1, 16, 32)
        out: Tensor = list(self.parts)[3](joined)
        return out


class Classifier(nn.Module):
    """Patches, two blocks of 64 tokens, a head."""

    def __init__(self) -> None:
        """Make it for 64 x 64."""
        super().__init__()
        self.patches, self.norm = nn.Conv2d(3, 64, 8, 8), nn.LayerNorm(64)
        self.blocks, self.head = nn.Sequential(Block(64, 4, 2), Block(64, 4, 2)), nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of images [1, 3, 64, 64]."""
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        logits: Tensor = self.head(self.norm(self.blocks(tokens)).mean(1))
        return logits


TOKENS = (1, 16, 32)
MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "attention, no bias": (lambda: Heads(None), TOKENS),
    "attention, bias per head": (lambda: Heads((4, 16, 16)), TOKENS),
    "attention, bias per head of rank 4": (lambda: Heads((1, 4, 16, 16)), TOKENS),
    "attention, one bias": (lambda: Heads((16, 16)), TOKENS),
    "attention on four axes, bias per head": (lambda: Heads((4, 16, 16), axes=4), TOKENS),
    "two blocks of 64 tokens": (Classifier, (1, 3, 64, 64)),
    "window block with shift": (lambda: WindowBlock(32, 2, 14, 3), (1, 14, 14, 32)),
}
XNNPACK, GPU = POLICIES["litert-xnnpack"], POLICIES["litert-gpu"]
X86, WEBGPU = POLICIES["onnxruntime-x86-vnni"], POLICIES["onnxruntime-webgpu"]
PER_CHANNEL = replace(WEBGPU, weight_group=1 << 20)  # no Linear is so wide
ATTENTIONS = [name for name in MODELS if name.startswith("attention")]
WHOLE = [name for name in MODELS if name not in ATTENTIONS]

Row = tuple[str, str, Policy, str]  # model, form, policy, precision
LITERT: list[Row] = [
    *((name, "as for XNNPACK, fp32", XNNPACK, "fp32") for name in ATTENTIONS),
    *((name, "heads on four axes, fp32", GPU, "fp32") for name in ATTENTIONS),
    *(
        (name, form, policy, precision)
        for name in WHOLE
        for form, policy, precision in (
            ("litert-gpu, fp32", GPU, "fp32"),
            ("litert-gpu, int8", GPU, "int8"),
            ("litert-xnnpack, int8", XNNPACK, "int8"),
        )
    ),
]
ONNX: list[Row] = [
    (name, form, policy, precision)
    for name in WHOLE
    for form, policy, precision in (
        ("as for the CPU: MultiHeadAttention, Sum; fp32", X86, "fp32"),
        ("onnxruntime-webgpu, fp32", WEBGPU, "fp32"),
        ("onnxruntime-webgpu, int8 weights in groups (MatMulNBits)", WEBGPU, "int8"),
        ("int8 weights per channel (DequantizeLinear, MatMul)", PER_CHANNEL, "int8"),
        ("Q/DQ around every product (the file for tensorrt)", POLICIES["tensorrt"], "int8"),
    )
]


def files(name: str, policy: Policy) -> dict[str, bytes]:
    """Return a model's files for a policy, by precision."""
    module, x, _ = built(name)
    captured = capture(module, (x,), name="tiny")
    program = apply_passes(captured)
    random = torch.Generator().manual_seed(1)
    samples = [(torch.randn(x.shape, generator=random),) for _ in range(8)]
    ranges = calibrate(program, [*samples, (x,)])
    made = drafts(captured, program, ranges, RECIPES["int8"], policy, samples)
    found: dict[str, bytes] = {}
    for draft in made:
        if not draft.stock:
            found.setdefault(draft.precision, draft.content)
    return found


@functools.cache
def built(name: str) -> tuple[nn.Module, Tensor, Any]:
    """Return a model, an input, and its float answer."""
    make, shape = MODELS[name]
    torch.manual_seed(0)
    module, x = make().eval(), torch.randn(shape)
    with torch.no_grad():
        return module, x, module(x).numpy()


def measured(row: Row, python: str | Path, folder: Path) -> dict[str, Any]:
    """Run one row in the worker; an engine's refusal is a result, too."""
    name, form, policy, precision = row
    model, sample = folder / f"model.{policy.format}", folder / "sample.npz"
    model.write_bytes(files(name, policy)[precision])
    _, x, y = built(name)
    np.savez(sample, x=x.numpy(), y=y)
    done = subprocess.run(
        [str(python), str(WORKER), str(model), str(sample)],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    facts: dict[str, Any] = {"model": name, "form": form, "bytes": model.stat().st_size}
    if done.returncode == 0:
        return {**facts, **json.loads(done.stdout.strip().splitlines()[-1])}
    lines = [line for line in done.stderr.splitlines() if "rror" in line] or [done.stderr]
    return {**facts, "failed": lines[-1].strip()[:WORDS]}


def driver_of(environment: Mapping[str, str]) -> str:
    """Return the name of the Vulkan driver's description.

    Raises:
        SystemExit: None is named, or it is not there.
    """
    named = environment.get("VK_ICD_FILENAMES", "")
    if not Path(named).is_file():
        raise SystemExit(
            f"VK_ICD_FILENAMES is {named!r}, no driver's description; install one "
            "(`apt-get install chromium` brings SwiftShader) and name its *_icd.json"
        )
    return Path(named).name


def engines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the engines with their versions, as the rows that ran say them."""
    return sorted({facts["engine"] for facts in rows if "engine" in facts}) or ["no engine"]


def cells(facts: dict[str, Any]) -> tuple[str, ...]:
    """Return a row of the page."""
    if "failed" in facts:
        return facts["model"], facts["form"], "-", facts["failed"]
    sqnr = "equal" if facts["sqnr_db"] is None else f"{facts['sqnr_db']:.1f}"
    if "accelerated" in facts:
        where = "fully accelerated" if facts["accelerated"] else "partly on the CPU"
    else:
        elsewhere = {k: v for k, v in facts["placed"].items() if not k.startswith("WebGpu ")}
        copies = sum(v for k, v in facts["placed"].items() if "Memcpy" in k)
        where = f"{', '.join(elsewhere) or 'all on the GPU'}; {copies} copies a run"
    return facts["model"], facts["form"], sqnr, where


def main() -> None:
    """Run every row and write the page."""
    options = parse(
        "gpu_forms", __doc__, ("--webgpu-python", "interpreter with onnxruntime-webgpu")
    )
    driver = driver_of(os.environ)
    before = machine.context(threads=1)
    with tempfile.TemporaryDirectory() as scratch:
        litert = [measured(row, sys.executable, Path(scratch)) for row in LITERT]
        python = options.webgpu_python
        onnx = [] if python is None else [measured(row, python, Path(scratch)) for row in ONNX]
    head = ("model", "form", "SQNR against float, dB", "where it ran")
    page = Page(
        name="gpu-forms",
        title="What GPU engines compute, form by form",
        lead=f"Each file ran on the GPU engine itself, through the Vulkan driver {driver} and "
        f"{' and '.join(engines([*litert, *onnx]))}; the SQNR is against the float model in "
        "PyTorch. Below 30 dB the answer is wrong, and no engine said so. Another driver may get "
        "another kernel: a phone's answer must be checked on the phone.",
        tables=(
            Table("LiteRT's GPU accelerator", head, tuple(map(cells, litert))),
            Table(
                "ONNX Runtime's WebGPU provider", head, tuple(map(cells, onnx)),
                "" if onnx else "Not run: name an interpreter with --webgpu-python.",
            ),
        ),
        data={"litert": litert, "onnx": onnx},
    )  # fmt: skip
    write(page, folder=options.out, effort=effort_of(options), before=before, module="gpu_forms")


if __name__ == "__main__":
    main()
