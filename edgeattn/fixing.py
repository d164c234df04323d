"""The exact rewrites of the conversion, written into a model that other tools can read.

What is written is read back and compared with the model that was handed in; only then does it
get its name. One rewrite has a bound instead of equality: masks are clipped to -30
(passes/clip_masks.py), and it is held to the same tolerance.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from edgeattn.linting import Linted, Opened, look, open_model, policies_of, refused
from edgeattn.sources import load_model
from edgeattn_converters.capture import capture
from edgeattn_converters.lint import Finding
from edgeattn_converters.lint.exported import write_exported
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.program import Program
from edgeattn_runtime.errors import BadUsage, CannotConvert, GateFailed

TOLERANCE = 1e-5  # of the largest output; float32 rounding of a 12-layer model is about 1e-6
RANDOM_INPUTS = 4

Inputs = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Fixed:
    """What `edgeattn lint --fix` did.

    Attributes:
        out: The new file; None when there was nothing to fix.
        changes: The findings that are gone.
        difference: The largest difference of an output, as a share of the largest output.
        inputs: What was compared, in words.
        linted: What is found now, in the new file, else in the model as it was.
    """

    out: Path | None
    changes: tuple[Finding, ...]
    difference: float
    inputs: str
    linted: Linted


def fix(
    model: str,
    out: Path,
    *,
    target: str | None = None,
    data: str | None = None,
    force: bool = False,
) -> Fixed:
    """Apply the exact rewrites to a model and write it to `out`.

    Args:
        model: What `edgeattn convert` takes as MODEL; it is never written to.
        out: A `.pt2` or `.onnx` file.
        target: As for `lint`.
        data: Samples to compare the two models with; random inputs without.
        force: Replace `out` where it exists.

    Raises:
        GateFailed: The new model gives other numbers; nothing is written.
        BadUsage: A place for the file that cannot be meant.
    """
    check_place(model, out, force=force)
    policies = policies_of(target)
    try:
        opened = open_model(model, data)
    except CannotConvert as fault:
        return Fixed(None, (), 0.0, "", refused(model, policies, fault))
    before = look(opened, policies)
    fixable = [finding for finding in before.findings if finding.fixable]
    if not fixable:
        return Fixed(None, (), 0.0, "", before)
    inputs, said = _inputs(opened)
    with _beside(out) as place:
        WRITERS[out.suffix.lower()](apply_passes(opened.program), inputs[0], place)
        written = load_model(str(place))
        difference = _compared(opened.loaded.module, written.module, inputs, said)
        example = written.example_inputs or inputs[0]
        program = capture(written.module, example, name=out.stem)
    after = look(Opened(replace(written, name=out.stem), program), policies)
    still = {finding.rule for finding in after.findings if finding.fixable}
    gone = tuple(finding for finding in fixable if finding.rule not in still)
    return Fixed(out, gone, difference, said, after)


def check_place(model: str, out: Path, *, force: bool) -> None:
    """Refuse a place for the new file before anything is computed."""
    if out.suffix.lower() not in WRITERS:
        raise BadUsage(
            f"--out {out} ends in {out.suffix or 'nothing'}; name a .pt2 file (torch.export.load "
            "reads it) or an .onnx file"
        )
    source = Path(model).expanduser()
    if source.exists() and out.exists() and source.samefile(out):
        raise BadUsage(f"--out {out} is the model itself, which is never changed; name another")
    if out.is_dir():
        raise BadUsage(f"--out {out} is a folder; name a file in it")
    if out.exists() and not force:
        raise BadUsage(f"{out} exists; name another --out or add --force")


def _write_onnx(program: Program, inputs: Inputs, path: Path) -> None:
    from edgeattn_converters.onnx.lower import lower

    path.write_bytes(lower(program))


WRITERS: dict[str, Callable[[Program, Inputs, Path], None]] = {
    ".pt2": write_exported,
    ".onnx": _write_onnx,
}


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """Yield a path beside `out` whose file takes its place when the block ends well."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        place = Path(folder) / out.name.lower()
        yield place
        os.replace(place, out)


def _inputs(opened: Opened) -> tuple[tuple[Inputs, ...], str]:
    """Return what to compare the two models on, and how to call it."""
    example = opened.loaded.example_inputs
    assert example is not None  # open_model has seen to it
    if opened.samples:
        return opened.samples, f"{len(opened.samples)} of the samples given"
    random = torch.Generator().manual_seed(0)
    drawn = [tuple(_drawn(one, random) for one in example) for _ in range(RANDOM_INPUTS)]
    return (example, *drawn), f"the example inputs and {RANDOM_INPUTS} random ones"


def _drawn(example: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """Return random numbers of the same kind; whole ones from 0 to the largest in the example."""
    if example.dtype == torch.bool:
        return torch.rand(example.shape, generator=random) < 0.5
    if not example.is_floating_point():
        largest = max(1, int(example.max())) if example.numel() else 1
        drawn = torch.randint(0, largest + 1, example.shape, generator=random)
        return drawn.to(example.dtype)
    return torch.randn(example.shape, generator=random)


def _compared(before: nn.Module, after: nn.Module, inputs: tuple[Inputs, ...], said: str) -> float:
    """Return the largest difference as a share of the largest output; refuse a large one."""
    worst = 0.0
    for one in inputs:
        for old, new in zip(_outputs(before, one), _outputs(after, one), strict=True):
            if not bool(torch.isfinite(old.double()).all()):
                raise GateFailed(
                    f"the model gives NaN or infinity on {said}, so that nothing can be compared; "
                    "nothing was written, give real samples with --data"
                )
            largest = float(old.double().abs().max()) if old.numel() else 0.0
            apart = float((old.double() - new.double()).abs().max()) if old.numel() else 0.0
            worst = max(worst, apart / largest if largest else apart)
    if not worst <= TOLERANCE:
        raise GateFailed(
            f"the rewritten model differs by {worst:.1e} of its largest output on {said}, "
            f"{TOLERANCE:g} are allowed; nothing was written, compare on real samples with --data"
        )
    return worst


def _outputs(module: nn.Module, inputs: Inputs) -> list[torch.Tensor]:
    with torch.no_grad():
        result = module(*(one.clone() for one in inputs))
    leaves, _ = torch.utils._pytree.tree_flatten(result)
    return [leaf for leaf in leaves if leaf is not None]
