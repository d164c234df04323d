"""The straight line: module -> Program -> candidates -> measurements -> verdict -> bundle."""

from __future__ import annotations

import importlib.metadata
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from edgeattn_converters import bundle_writer
from edgeattn_converters.bias_correction import SAMPLES
from edgeattn_converters.calibrate import Ranges, calibrate
from edgeattn_converters.candidate import Draft
from edgeattn_converters.capture import capture
from edgeattn_converters.cost import total_macs
from edgeattn_converters.distribution_shift import Shift, measure_shift
from edgeattn_converters.drafts import drafts, int8_form
from edgeattn_converters.evidence import Evidence, by_port, gather_evidence, samples_of
from edgeattn_converters.layer_error import layer_errors
from edgeattn_converters.one_thread import one_thread
from edgeattn_converters.order import Order
from edgeattn_converters.passes import PASSES, apply_calibrated
from edgeattn_converters.policies import CPU_CLASSES, policy_for
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program
from edgeattn_converters.search.budget import Found
from edgeattn_converters.search.formats import (
    recipes_of,
    reports_of,
    search_formats,
    worth_searching,
)
from edgeattn_converters.search.subject import Subject
from edgeattn_converters.verdict import Decided, decide
from edgeattn_converters.verify import Measured, verify
from edgeattn_runtime import machine
from edgeattn_runtime.kernels import installed_kernels
from edgeattn_runtime.manifest import Manifest
from edgeattn_runtime.preprocessing import Step
from edgeattn_runtime.report import Candidate, LayerReport, ModelFacts, Report, Verdict

Progress = Callable[[str, float], None]
TOOLS = ("edgeattn", "torch", "onnx", "onnxscript", "onnxruntime", "ai-edge-litert", "numpy")
LAYER_SAMPLES = 8


@dataclass(frozen=True)
class Converted:
    """A bundle's contents, written to a folder, and what was measured."""

    report: Report
    manifest: Manifest
    evidence: Evidence
    ranges: Ranges
    shift: Shift
    measured: tuple[Measured, ...]
    decided: Decided


@one_thread()
def convert(order: Order, folder: Path, progress: Progress | None = None) -> Converted:
    """Convert, measure, decide, and write the bundle's files into `folder`.

    Args:
        order: What and how.
        folder: An empty folder on the disk of the bundle (bundle_writer.staged).
        progress: Called with what is being done and the share of the whole.
    """
    say = progress or (lambda text, share: None)
    say("capturing the model", 0.02)
    captured = capture(order.module, order.example_inputs, name=order.name)
    program = captured
    for place, rewrite in enumerate(PASSES):
        program = rewrite(program)
        _keep_step(order.steps, f"{place:02d}_{rewrite.__name__}", program)
    say("running the float model", 0.08)
    evidence = gather_evidence(
        captured, by_port(captured, order.evaluation), order.labels_of, order.labels
    )
    say("calibrating", 0.15)
    calibration = by_port(program, order.calibration)
    integer = program
    if order.trained is None:
        program = apply_calibrated(program, samples_of(program, calibration), order.recipe)
        _keep_step(order.steps, f"{len(PASSES):02d}_calibrated", program)
        integer = program
        ranges = calibrate(
            program,
            samples_of(program, calibration),
            method=order.recipe.range_method,
            hashes=order.calibration_hashes,
        )
    else:
        integer, ranges = order.trained.applied_to(program), order.trained.ranges
        order = replace(order, recipe=order.trained.fitting(order.recipe))
        _keep_step(order.steps, f"{len(PASSES):02d}_trained", integer)
    shift = measure_shift(integer, ranges, calibration, evidence.x)
    correcting = tuple(itertools.islice(samples_of(program, calibration), SAMPLES))
    candidates: list[Draft] = []
    policies = tuple(_policy(order, format) for format in order.formats)
    for policy in (*policies, *order.elsewhere):
        say(f"writing {policy.name}", min(0.45, 0.25 + 0.1 * len(candidates) / 3))
        candidates += drafts(
            captured, program, ranges, order.recipe, policy, correcting, trained=integer
        )
    labelled, room = evidence.y is not None, 0.45 if order.search is None else 0.15
    measured, context = verify(
        candidates, evidence, folder=folder, threads=order.threads,
        progress=lambda text, share: say(text, 0.5 + room * share),
    )  # fmt: skip
    decided = decide(measured, order.gates, labelled=labelled)
    worth = worth_searching(measured, decided, order.gates, order.search)
    subjects = tuple(
        Subject.of(form, ranges, order.recipe, one, correcting, evidence)
        for one in policies
        if one.format in worth
        for form in (int8_form(integer, one, order.recipe.core),)
    )
    found: dict[str, Found] = {}
    if order.search is not None and subjects:
        found = search_formats(
            subjects, measured, order.gates, order.search, threads=order.threads,
            facts=(_versions(), context.cpu),
            progress=lambda text, share: say(text, 0.65 + 0.25 * share),
        )  # fmt: skip
    mixes = [one.draft for one in found.values() if one.draft is not None]
    if mixes:
        measured, context = verify(
            [*candidates, *mixes], evidence, folder=folder, threads=order.threads, known=measured,
            progress=lambda text, share: say(text, 0.9 + 0.05 * share),
        )  # fmt: skip
        decided = decide(measured, order.gates, labelled=labelled)
    say("writing the bundle", 0.97)
    report = Report(
        model=ModelFacts(order.name, _parameters(order.module), total_macs(program)),
        context=context,
        candidates=decided.candidates,
        verdict=_for_target(decided.verdict, order, context.cpu_class),
        layers=_layers(decided, evidence),
        search=reports_of(found, decided),
    )
    manifest = Manifest(
        name=order.name,
        task="classification" if evidence.has_classes else "regression",
        inputs=program.inputs,
        outputs=program.outputs,
        files=bundle_writer.write_files(folder, decided.shipped, decided.targets),
        preprocessing=tuple(map(Step.from_json, order.preprocessing)),
        labels=evidence.labels,
        recommended=decided.recommended,
        targets=decided.targets,
        target=order.target or context.cpu_class,
        proven_on=context.cpu_class,
        versions=_versions(),
    )
    bundle_writer.write_golden(folder, decided.shipped, evidence)
    bundle_writer.write_evaluation(folder, evidence, order.preprocessing)
    bundle_writer.write_documents(folder, manifest, ranges, report)
    for format, recipe in recipes_of(found, subjects, decided):
        bundle_writer.write_recipe(folder, format, recipe)
    return Converted(report, manifest, evidence, ranges, shift, measured, decided)


def _policy(order: Order, format: str) -> Policy:
    policy = order.policies.get(format) or policy_for(format, machine.cpu_class())
    return policy if installed_kernels() is None else policy.with_kernels()


def _for_target(verdict: Verdict, order: Order, here: str | None) -> Verdict:
    """Say so when the machine that measured is not the one the files are made for."""
    others = {policy.name for policy in order.elsewhere}
    asked = (name.strip() for name in (order.target or "").split(","))
    names = [name for name in asked if name and name not in others]
    if names in ([], [here]):
        return verdict
    local = (policy_for(format, here or "") == chosen for format, chosen in order.policies.items())
    if not set(CPU_CLASSES) & set(names) and all(local):
        return verdict  # a policy by its name, and this machine has it too
    note = f"; made for {names[0]} and measured on {here}: its speed there is unmeasured"
    return replace(verdict, reason=verdict.reason + note)


def _layers(decided: Decided, evidence: Evidence) -> tuple[LayerReport, ...]:
    """Return the layers of the int8 file that is recommended, else of the fastest one."""
    integers = [one for one in decided.shipped if one.draft.precision != "fp32"]
    if not integers:
        return ()
    chosen = min(integers, key=lambda one: _rank(one, decided))
    rows = evidence.rows(evidence.golden_rows()[:LAYER_SAMPLES])
    draft = chosen.draft
    return layer_errors(
        draft.exact, draft.simulation, draft.decisions, samples_of(draft.exact, rows)
    )


def _rank(one: Measured, decided: Decided) -> tuple[bool, float]:
    facts: Candidate = one.facts
    latency = math.inf if facts.latency_ms is None else facts.latency_ms.p50
    return one.draft.file != decided.verdict.winner, latency


def _keep_step(folder: Path | None, name: str, program: Program) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.txt").write_text(f"{program.graph}\n", encoding="utf-8")


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _versions() -> dict[str, str]:
    found = {}
    for tool in TOOLS:
        try:
            found[tool] = importlib.metadata.version(tool)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
