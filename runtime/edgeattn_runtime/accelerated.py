"""Which files of a bundle go to an accelerator, and whether what came back can be trusted.

A file for an accelerator is one that `convert --target` made for it. Where a bundle has none, its
fp32 file is run there, and that is said: it is in the form that the CPU wants.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgeattn_runtime.accuracy import evaluate
from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.errors import BadEnvironment, GateFailed
from edgeattn_runtime.model_file import ModelFile
from edgeattn_runtime.parity import Parity, compare
from edgeattn_runtime.port import Port
from edgeattn_runtime.providers import Provider, accelerator, is_accelerator
from edgeattn_runtime.report import Candidate
from edgeattn_runtime.samples import Golden
from edgeattn_runtime.session import Session, open_session

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array, Arrays

CANARIES = 4  # of each kind


def files_for(bundle: Bundle, engine: str) -> list[ModelFile]:
    """Return the files of a bundle that an accelerator is to run.

    Raises:
        BadUsage: No such accelerator, or an option it does not have.
        BadEnvironment: The bundle has no file in its format.
    """
    provider = accelerator(engine)
    fitting = [file for file in bundle.present() if file.format == provider.format]
    made = [file for file in fitting if file.target is not None and file.target == provider.target]
    plain = [file for file in fitting if file.target is None and file.precision == "fp32"]
    if not made and not plain:
        held = ", ".join(file.name for file in bundle.present())
        raise BadEnvironment(
            f"{provider.name} runs .{provider.format} files and this bundle has none for it "
            f"({held}); `edgeattn convert --target {provider.target or provider.format}` makes one"
        )
    return made or plain


def substitution(file: ModelFile, engine: str | None) -> str | None:
    """Return the sentence that says a file was made for something else, or None."""
    if engine is None or not is_accelerator(engine):
        return None
    provider = accelerator(engine)
    if file.target == provider.target:
        return None
    advice = f"; `edgeattn convert --target {provider.target}` makes one" if provider.target else ""
    return f"no file is made for {provider.name}, so the CPU's {file.precision} file ran{advice}"


def canaries(golden: Golden, ports: tuple[Port, ...], *, seed: int = 0) -> dict[str, Array]:
    """Return inputs under which the heads of an attention disagree: [8, ...] by name.

    The known fault gives every head the scores of the first one (docs/gpus.md). Real inputs can
    hide it: where tokens are alike, all heads mix them alike. Here every element is drawn anew, so
    that no two tokens are: from a normal distribution with the golden inputs' mean and spread, and
    with four times that; whole numbers from those that occur, so that every id stays valid.
    """
    random = np.random.default_rng(seed)
    found: dict[str, Array] = {}
    for port in ports:
        real = golden.inputs[port.name]
        size = (2 * CANARIES, *real.shape[1:])
        if real.dtype.kind == "f":
            spread = np.repeat([1.0, 4.0], CANARIES).reshape(-1, *[1] * (real.ndim - 1))
            drawn = real.mean() + random.normal(size=size) * (real.std() or 1.0) * spread
        else:
            drawn = random.choice(np.unique(real), size)
        found[port.name] = drawn.astype(real.dtype)
    return found


def judge(
    session: Session, bundle: Bundle, file: ModelFile, golden: Golden, engine: str
) -> tuple[bool, str]:
    """Return whether an accelerator can be trusted with a file, and the sentence that says why.

    Raises:
        BadData: Its answers are not finite.
    """
    provider = accelerator(engine)
    fault = None if session.placement is None else session.placement.fault(partial=provider.partial)
    if fault is not None:
        return False, fault
    parity = compare_with_cpu(session, bundle, file, golden, provider)
    if not parity.passed:
        return False, (
            f"{provider.name} and the CPU differ on inputs that set the heads of an attention "
            f"apart: {parity.reason}; convert with --target {provider.target or 'another engine'}"
        )
    words = [f"with the CPU on {2 * CANARIES} canaries: {parity.reason}", str(session.placement)]
    return True, "; ".join(filter(None, [*words, substitution(file, engine)]))


def benched(
    candidate: Candidate, session: Session, file: ModelFile, engine: str | None
) -> Candidate:
    """Return a candidate with what is to be known of its accelerator, once its session is bound.

    Raises:
        GateFailed: It ran on the CPU instead, or computes garbage: its time would mislead.
    """
    placement = session.placement
    if engine is None or placement is None:
        return candidate
    fault = placement.fault(partial=True)
    if fault is not None:
        raise GateFailed(f"{file.name}: {fault}")
    session.invoke()
    for name, value in session.fetch().items():
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise GateFailed(
                f"{file.name}: {int((~np.isfinite(value)).sum())} of {value.size} values of "
                f"{name} are not finite on {session.engine}; look for masks of -inf or float16"
            )
    words = [str(placement), substitution(file, engine)]
    return replace(candidate, note="; ".join(filter(None, words)))


def remarks_on(sessions: Iterable[Session]) -> tuple[str, ...]:
    """Return what a reader of latencies must know of the accelerators that gave them."""
    placements = [one.placement for one in sessions if one.placement is not None]
    remarks = []
    if any(placement.software for placement in placements):
        remarks.append("a software driver played the GPU: these times say nothing of a real one")
    if any(not placement.whole for placement in placements):
        remarks.append("a part of the graph ran on the CPU: see the notes of the candidates")
    return tuple(remarks)


def compare_with_cpu(
    session: Session, bundle: Bundle, file: ModelFile, golden: Golden, provider: Provider
) -> Parity:
    """Return how an accelerator's answers to the canaries compare with the CPU's.

    The CPU runs the same file; for an int8 file, the fp32 file beside it says how far int8 may be.

    Raises:
        BadData: The accelerator's answers are not finite.
    """
    inputs = canaries(golden, bundle.manifest.inputs)
    expected = _on_cpu(bundle, file, inputs)
    found = evaluate(session, inputs).logits
    quantised = file.precision != "fp32"
    floats = [
        other
        for other in bundle.present()
        if other.format == file.format and other.precision == "fp32"
    ]
    floats.sort(key=lambda other: other.target != file.target)
    exact = _on_cpu(bundle, floats[0], inputs) if quantised and floats else expected
    return compare(
        expected,
        exact,
        found,
        quantised=quantised and bool(floats),
        float_sqnr_db=provider.float_sqnr_db,
    )


def _on_cpu(bundle: Bundle, file: ModelFile, inputs: Arrays) -> Array:
    """Return the first output of a file on the CPU, each operator as it stands."""
    path: Path = bundle.file_path(file)
    return evaluate(open_session(path, as_written=file.format == "onnx"), inputs).logits
