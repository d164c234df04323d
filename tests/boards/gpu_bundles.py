"""Small bundles for accelerators: masked attention, in forms that a GPU computes rightly or not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.capture import capture
from edgeattn_converters.drafts import drafts
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.policy import Policy
from edgeattn_converters.recipe import RECIPES
from edgeattn_converters.specialise.heads_on_four_axes import heads_on_four_axes
from edgeattn_runtime.manifest import Manifest
from edgeattn_runtime.model_file import ModelFile
from edgeattn_runtime.port import Port
from edgeattn_runtime.samples import Golden
from edgeattn_runtime.session import open_session

HEADS, TOKENS, WIDTH = 2, 8, 16
SHAPE = (1, TOKENS, WIDTH)


class MaskedAttention(nn.Module):
    """Attention with another bias for each head, spelled as nn.MultiheadAttention spells it."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.bias = nn.Parameter(2 * torch.randn(HEADS, TOKENS, TOKENS))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v, out = self.parts
        size = (TOKENS, HEADS, WIDTH // HEADS)
        left, right, value = (part(x)[0].reshape(size).transpose(0, 1) for part in (q, k, v))
        scores = left @ right.transpose(1, 2) + self.bias
        mixed = scores.softmax(-1) @ value  # [heads, tokens, width of one]
        answer: Tensor = out(mixed.transpose(0, 1).reshape(SHAPE)).mean(1)
        return answer


@dataclass(frozen=True)
class Made:
    """A model's files for one policy, and what the model answers.

    Attributes:
        contents: By precision.
        module: The float model.
    """

    contents: dict[str, bytes]
    module: nn.Module


def without_four_axes(policy: Policy) -> Policy:
    """Return a policy that writes masked attention as it was before the fault was known."""
    kept = [
        tuple(step for step in form if step is not heads_on_four_axes)
        for form in (policy.float_form, policy.int8_form)
    ]
    return replace(policy, float_form=kept[0], int8_form=kept[1])


@cache
def made(policy: str, *, masked_wrongly: bool = False) -> Made:
    """Return the files of `MaskedAttention` for a policy."""
    torch.manual_seed(0)
    module = MaskedAttention().eval()
    chosen = POLICIES[policy]
    chosen = without_four_axes(chosen) if masked_wrongly else chosen
    samples = [(torch.randn(SHAPE),) for _ in range(8)]
    captured = capture(module, samples[0], name="masked")
    program = apply_passes(captured)
    found: dict[str, bytes] = {}
    ranges = calibrate(program, samples)
    for draft in drafts(captured, program, ranges, RECIPES["int8"], chosen, samples):
        if not draft.stock:
            found.setdefault(draft.precision, draft.content)
    return Made(found, module)


def bundle_of(
    path: Path, files: Made, *, target: str | None, tokens_alike: bool = False,
    precisions: Iterable[str] = ("fp32",), format: str = "tflite",
) -> Path:  # fmt: skip
    """Write a bundle around files and return its path.

    Args:
        path: The folder.
        files: What `made` returned.
        target: The accelerator they are said to be made for; None says the CPU.
        tokens_alike: Golden inputs all of whose tokens are equal, under which heads agree.
        precisions: Which files to list.
        format: "onnx" or "tflite".
    """
    path.mkdir()
    x = np.random.default_rng(3).normal(size=(4, *SHAPE[1:])).astype(np.float32)
    if tokens_alike:
        x = np.repeat(x[:, :1], TOKENS, axis=1)
    with torch.no_grad():
        answers = torch.cat([files.module(torch.from_numpy(one[None])) for one in x]).numpy()
    simulated: dict[str, dict[str, np.ndarray]] = {}
    listed, infix = [], "" if target is None else f".{target}"
    for precision in precisions:
        content, name = files.contents[precision], f"model_{precision}{infix}.{format}"
        (path / name).write_bytes(content)
        if precision != "fp32":
            session = open_session(content, as_written=format == "onnx")
            runs = [session.run({"x": one[None]})["output"] for one in x]
            simulated[name] = {"output": np.concatenate(runs)}
        engine = {"onnx": "onnxruntime", "tflite": "ai-edge-litert"}[format]
        digest = hashlib.sha256(content).hexdigest()
        listed.append(
            ModelFile(name, format, engine, precision, len(content), digest, target=target)
        )
    Golden({"x": x}, {"output": answers}, simulated).write(path / "golden.npz")
    manifest = Manifest(
        name="masked",
        task="classification",
        inputs=(Port("x", SHAPE, "float32"),),
        outputs=(Port("output", (1, WIDTH), "float32"),),
        files=tuple(listed),
    )
    (path / "manifest.json").write_text(manifest.dumps(), encoding="utf-8")
    return path
