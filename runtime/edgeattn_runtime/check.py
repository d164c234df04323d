"""Check a bundle where it lies: parity with the golden vectors, accuracy on the samples.

Every file whose engine is installed becomes one candidate of the report. Gates:

- parity holds for every file (`parity`); on an accelerator also against the CPU on inputs that
  set the heads apart, and nothing may have fallen back to the CPU (`accelerated`, `placement`);
- accuracy drops by at most `max_drop_pp` against the bundle's own fp32 file, on the same engine
  where it can run, else on the other one. Without an fp32 file there is no drop to speak of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgeattn_runtime import machine
from edgeattn_runtime.accelerated import files_for, judge
from edgeattn_runtime.accuracy import agreement, evaluate, paired_drop
from edgeattn_runtime.bundle import Bundle, ModelFile
from edgeattn_runtime.errors import BadData, BadEnvironment, BadUsage, BrokenModel, GateFailed
from edgeattn_runtime.parity import Parity, check_parity
from edgeattn_runtime.providers import ACCELERATORS, accelerator, is_accelerator
from edgeattn_runtime.report import Candidate, Gates, ModelFacts, Report, Verdict
from edgeattn_runtime.samples import Golden, Samples
from edgeattn_runtime.session import FORMATS, Session, installed_engine

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array

DEFAULT_GATES = Gates()


@dataclass(frozen=True)
class _Checked:
    """One file after its check."""

    candidate: Candidate
    session: Session | None = None
    correct: Array | None = None
    logits: Array | None = None


def check_bundle(
    bundle: Bundle,
    *,
    data: Path | str | Samples | None = None,
    threads: int = 1,
    engines: Iterable[str] | None = None,
    gates: Gates = DEFAULT_GATES,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Check every file whose engine is installed and return the report.

    Args:
        bundle: The bundle, opened.
        data: Labelled samples: an `.npz` (`x`, `y`) or what a caller has read already; None takes
            the bundle's own eval.npz.
        threads: CPU threads for one inference.
        engines: "onnx" and "tflite", engines or accelerators by name; None takes all engines that
            are installed, on the CPU.
        gates: What must hold; only `max_drop_pp` matters here.
        progress: Called with a word about what is being done.

    Raises:
        BadEnvironment: No file has an installed engine.
        BrokenBundle: A file was altered, or golden.npz is missing.
    """
    files = select_files(bundle, engines)
    golden = bundle.golden()
    samples = read_samples(bundle, data)
    context = machine.context(threads=threads)
    same_class = bundle.manifest.proven_on in (None, context.cpu_class)
    checked = []
    for file, engine in files:
        if progress is not None:
            progress(f"checking {file.name}")
        checked.append(_check_file(bundle, file, engine, golden, samples, same_class, threads))
    candidates = tuple(_with_drop(one, checked, gates) for one in checked)
    failed = [candidate for candidate in candidates if not candidate.passed]
    sessions = [one.session for one in checked if one.session is not None]
    return Report(
        model=ModelFacts(bundle.manifest.name),
        context=context.with_sessions(sessions).finished(),
        candidates=candidates,
        verdict=Verdict(
            winner=None,
            passed=not failed,
            reason=_reason(candidates, failed, samples),
            gates=gates,
        ),
    )


def select_files(
    bundle: Bundle, engines: Iterable[str] | None = None, precision: str | None = None
) -> list[tuple[ModelFile, str | None]]:
    """Return the files to work on, each with the engine asked for (None: the best installed).

    Raises:
        BadUsage: An engine nobody knows, or a precision the bundle does not have.
        BadEnvironment: Nothing that was asked for can run here.
    """
    asked = tuple(engines) if engines is not None else tuple(FORMATS)
    found: list[tuple[ModelFile, str | None]] = []
    for file in bundle.present():
        if precision is not None and file.precision not in (precision, "fp32"):
            continue
        for engine in asked:
            if engine == file.format:
                if engines is not None or bundle.runnable(file):
                    found.append((file, None))
            elif engine in FORMATS[file.format]:
                found.append((file, engine))
    known = {*FORMATS, *(engine for engines in FORMATS.values() for engine in engines)}
    for engine in filter(is_accelerator, asked):
        files = files_for(bundle, engine)
        found += [
            (f, engine) for f in files if precision is None or f.precision in (precision, "fp32")
        ]
    unknown = sorted(engine for engine in set(asked) - known if not is_accelerator(engine))
    if unknown:
        names = ", ".join((*sorted(known), *ACCELERATORS))
        raise BadUsage(f"there is no engine {unknown[0]!r}; choose from {names}")
    if precision is not None and all(file.precision != precision for file, _ in found):
        held = ", ".join(sorted({file.precision for file in bundle.present()}))
        raise BadUsage(f"the bundle has no {precision} file that can run here; it has {held}")
    if not found:
        held = ", ".join(file.name for file in bundle.present())
        raise BadEnvironment(
            f"no installed engine runs a file of this bundle ({held}); "
            "`pip install onnxruntime` or `pip install ai-edge-litert` adds one"
        )
    return found


def read_samples(bundle: Bundle, data: Path | str | Samples | None) -> Samples | None:
    """Return samples ready to be fed: the caller's, those of a file, or the bundle's own."""
    if data is None:
        return bundle.evaluation()
    if isinstance(data, Samples):
        return bundle.prepare(data)
    names = tuple(port.name for port in bundle.manifest.inputs)
    return bundle.prepare(Samples.read(Path(data), inputs=names))


def _check_file(
    bundle: Bundle,
    file: ModelFile,
    engine: str | None,
    golden: Golden,
    samples: Samples | None,
    same_class: bool,
    threads: int,
) -> _Checked:
    """Return one file's candidate with parity and accuracy filled in."""
    try:
        session = bundle.open(file, engine=engine, threads=threads)
        if engine is not None and is_accelerator(engine):
            # It computes in float, more exactly than the simulation: the rule for any CPU holds.
            needed = accelerator(engine).float_sqnr_db
            parity = check_parity(session, golden, file.name, float_sqnr_db=needed)
            trusted = judge(session, bundle, file, golden, engine)
        else:
            parity = check_parity(session, golden, file.name, same_cpu_class=same_class)
            trusted = (True, "")
    except (BrokenModel, BadData, GateFailed) as error:
        # An engine that refuses one file, or computes NaN with it, may still run the others.
        candidate = candidate_of(file, engine or installed_engine(file.format))
        return _Checked(replace(candidate, passed=False, note=str(error)))
    candidate = _with_parity(candidate_of(file, session.engine), parity)
    if trusted[1]:
        said = (candidate.note, trusted[1]) if trusted[0] or not parity.passed else trusted[1:]
        candidate = replace(
            candidate, passed=parity.passed and trusted[0], note="; ".join(map(str, said))
        )
    if samples is None:
        return _Checked(candidate, session)
    evaluated = evaluate(session, samples.x, samples.y)
    candidate = replace(candidate, accuracy=evaluated.accuracy)
    return _Checked(candidate, session, evaluated.correct, evaluated.logits)


def candidate_of(file: ModelFile, engine: str) -> Candidate:
    """Return the candidate for a file of which only the manifest's facts are known."""
    audit = file.precision_audit
    return Candidate(
        engine=engine,
        precision=file.precision,
        file=file.name,
        bytes=file.bytes,
        sha256=file.sha256,
        int8_weight_share=None if audit is None else audit.int8_weight_share,
        int8_mac_share=None if audit is None else audit.int8_mac_share,
    )


def _with_parity(candidate: Candidate, parity: Parity) -> Candidate:
    return replace(
        candidate,
        sqnr_db=parity.float_sqnr_db,
        passed=parity.passed,
        note=f"parity: {parity.reason}",
    )


def _with_drop(one: _Checked, checked: list[_Checked], gates: Gates) -> Candidate:
    """Return the candidate with its drop against the same engine's fp32 file, and that gate."""
    candidate = one.candidate
    floats = [
        other
        for other in checked
        if other.candidate.precision == "fp32" and other.logits is not None
    ]
    floats.sort(key=lambda other: other.candidate.engine != candidate.engine)
    if candidate.precision == "fp32" or not floats or one.logits is None:
        return candidate
    reference = floats[0]
    if reference.logits is not None:
        candidate = replace(candidate, top1_agreement=agreement(reference.logits, one.logits))
    if one.correct is None or reference.correct is None:
        return candidate
    drop = paired_drop(reference.correct, one.correct)
    candidate = replace(
        candidate,
        accuracy_drop_pp=drop.drop_pp,
        accuracy_interval_pp=(drop.low_pp, drop.high_pp),
    )
    if gates.max_drop_pp is not None and drop.drop_pp > gates.max_drop_pp:
        note = f"accuracy drops by {drop.drop_pp:.1f} points, {gates.max_drop_pp:g} are allowed"
        return replace(candidate, passed=False, note=note)
    return candidate


def _reason(
    candidates: tuple[Candidate, ...], failed: list[Candidate], samples: Samples | None
) -> str:
    """Return the verdict's sentence."""
    if failed:
        return "; ".join(f"{candidate.file}: {candidate.note}" for candidate in failed)
    if samples is None:
        on = "no labelled samples"
    elif samples.y is None:
        on = f"agreement on {len(samples)} samples without labels"
    else:
        on = f"accuracy on {len(samples)} samples"
    return f"{len(candidates)} file(s) hold parity with the golden vectors, {on}"
