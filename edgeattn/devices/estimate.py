"""A model under the rooflines of devices: estimates, and how far off where somebody measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgeattn.devices.efficiency import SOURCE, WORST_OFF, efficiency_of, least_int8_over_fp32
from edgeattn.devices.profile import Profile
from edgeattn.devices.roofline import Roof, estimate_ms, roof_of
from edgeattn.devices.work import Work, float_work, int8_work, with_batch
from edgeattn.linting import open_model
from edgeattn.report import quantities as q
from edgeattn.report.terminal import table
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.policies import policy_for
from edgeattn_converters.program import Program
from edgeattn_runtime.errors import BadInput, BadUsage

FORMATS = {"onnxruntime": "onnx", "ai-edge-litert": "tflite", "tflite-runtime": "tflite"}
PRECISIONS = ("fp32", "int8")


@dataclass(frozen=True)
class Estimate:
    """One engine and precision on one device, one thread on its fastest core.

    Attributes:
        device: The profile's name.
        engine: One of profile.ENGINES.
        precision: "fp32" or "int8".
        estimate_ms: The roofline with what the engine makes of it.
        measured_ms: Median of a measurement on such a device; None where none was handed in.
    """

    device: str
    engine: str
    precision: str
    estimate_ms: float
    measured_ms: float | None = None

    @property
    def error(self) -> float | None:
        """Return how far the estimate is off: 0.2 is a fifth too long, -0.2 too short."""
        return None if self.measured_ms is None else self.estimate_ms / self.measured_ms - 1

    def to_json(self) -> dict[str, Any]:
        """Return plain values; that it is an estimate is said in each."""
        return {**asdict(self), "error": self.error, "is": "estimate"}


@dataclass(frozen=True)
class Estimates:
    """What a model would take on several devices.

    Attributes:
        model: Its name.
        macs: Multiply-accumulates of one inference.
        rows: In the order of the profiles.
        silent: Devices of which too little is known, and what is missing.
    """

    model: str
    macs: int
    rows: tuple[Estimate, ...]
    silent: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "model": self.model,
            "macs": self.macs,
            "efficiencies": SOURCE,
            "worst_off": WORST_OFF,
            "estimates": [row.to_json() for row in self.rows],
            "unknown": dict(self.silent),
        }

    def text(self) -> str:
        """Return a table for a terminal, every number labelled as an estimate."""
        measured = any(row.measured_ms is not None for row in self.rows)
        headings = ("Device", "Engine", "Precision", "Estimate", *(("Measured", "Off") * measured))
        rows = [_cells(row, measured) for row in self.rows]
        lines = [f"{self.model}: {q.count(self.macs)} multiply-accumulates.", ""]
        lines += [table(headings, rows, words=(0, 1, 2)), ""] if rows else []
        lines += [f"No estimate for {name}: {why}." for name, why in self.silent]
        return "\n".join(
            [
                *lines,
                "Estimates by a roofline, one thread on the fastest core; nothing was run. Kernels",
                "are taken to reach the shares of the roofs that were found on one x86 machine,",
                f"where estimates are up to {WORST_OFF:.1f} times too long or too short",
                "(docs/measurements/roofline.md); on ARM nobody has checked. int8 is taken to gain",
                "no more there than its instructions do. Measure with `edgeattn bench --device`.",
            ]
        )


def estimate(
    model: str, profiles: Sequence[Profile], measured: Mapping[str, Any] | None = None
) -> Estimates:
    """Estimate the latency of a model on devices.

    Args:
        model: What `edgeattn convert` takes as MODEL, or the folder of a bundle.
        profiles: The devices.
        measured: A report.json of one of them, to compare with; its CPU has to be of that class.

    Raises:
        BadUsage: A measurement with several devices, or from another class of CPU.
        BadInput: A model or bundle that cannot be read.
    """
    if measured is not None:
        _check_measured(measured, profiles)
    opened = open_model(_source(model))
    program = apply_passes(opened.program)
    batch = program.inputs[0].shape[0]
    work: dict[tuple[str, str], tuple[tuple[Work, ...], ...]] = {}
    rows, silent = [], []
    for profile in profiles:
        roof = roof_of(profile)
        if roof is None:
            silent.append((profile.name, _missing(profile)))
            continue
        for engine in _engines(profile):
            found: dict[str, float] = {}
            for precision in PRECISIONS:
                files = _files(program, profile, engine, precision, batch, work)
                if not files:
                    continue
                least = found.get("fp32", 0.0) * least_int8_over_fp32(profile)
                found[precision] = max(fastest_ms(files, roof, engine, precision), least)
            rows += [
                Estimate(profile.name, engine, precision, ms, _median(measured, engine, precision))
                for precision, ms in found.items()
            ]
    macs = sum(one.operations for one in float_work(program, policy_for("tflite", ""))) // 2
    return Estimates(opened.loaded.name, macs // batch, tuple(rows), tuple(silent))


def fastest_ms(files: Sequence[tuple[Work, ...]], roof: Roof, engine: str, precision: str) -> float:
    """Return the estimate of the fastest of the files a conversion would choose from."""
    efficiency = efficiency_of(engine, precision)
    return min(estimate_ms(one, roof, efficiency) for one in files)


def files_of(
    program: Program, engine: str, cpu_class: str, precision: str
) -> list[tuple[Work, ...]]:
    """Return the work of the files that a conversion would make for an engine."""
    policy = policy_for(FORMATS[engine], cpu_class)
    return [float_work(program, policy)] if precision == "fp32" else [*int8_work(program, policy)]


def _files(
    program: Program,
    profile: Profile,
    engine: str,
    precision: str,
    batch: int,
    work: dict[tuple[str, str], tuple[tuple[Work, ...], ...]],
) -> tuple[tuple[Work, ...], ...]:
    """Return them for one sample; policies that agree are asked once."""
    key = policy_for(FORMATS[engine], profile.cpu_class).name, precision
    if key not in work:
        files = files_of(program, engine, profile.cpu_class, precision)
        work[key] = tuple(with_batch(one, batch) for one in files)
    return work[key]


def _engines(profile: Profile) -> tuple[str, ...]:
    """Return the recommended engine first, then the one of the other format."""
    other = "onnxruntime" if FORMATS[profile.engine] == "tflite" else "ai-edge-litert"
    return profile.engine, other


def _source(model: str) -> str:
    """Return what to load: a bundle's float ONNX file, else what was typed."""
    folder = Path(model).expanduser()
    if not folder.is_dir() or not (folder / "manifest.json").is_file():
        return model
    file = folder / "model_fp32.onnx"
    if not file.is_file():
        raise BadInput(
            f"the bundle {model} has no model_fp32.onnx, which an estimate reads; name its source "
            "model, or convert with --to onnx,tflite"
        )
    return str(file)


def _missing(profile: Profile) -> str:
    if profile.bandwidth is None:
        return "nobody published its memory bandwidth"
    return "the peak of its cores is in no table here"


def _check_measured(measured: Mapping[str, Any], profiles: Sequence[Profile]) -> None:
    if len(profiles) != 1:
        raise BadUsage("--measured belongs to one device; name it with --device")
    context = measured.get("context")
    found = context.get("cpu_class") if isinstance(context, Mapping) else None
    wanted = profiles[0].cpu_class
    if found != wanted:
        raise BadUsage(
            f"the report was measured on a CPU of class {found}, {profiles[0].name} is {wanted}; "
            "hand in a report of that device"
        )


def _median(measured: Mapping[str, Any] | None, engine: str, precision: str) -> float | None:
    """Return the fastest median of an engine and precision in a report."""
    medians: list[float | None] = []
    if measured is None:
        return None
    for one in measured.get("candidates") or ():
        if one.get("engine") == engine and one.get("precision") == precision:
            latency = one.get("latency_ms")
            medians.append(q.finite(latency.get("p50")) if isinstance(latency, Mapping) else None)
    return min((one for one in medians if one), default=None)


def _cells(row: Estimate, measured: bool) -> tuple[str, ...]:
    cells = (row.device, row.engine, row.precision, f"~{q.milliseconds(row.estimate_ms)}")
    if not measured:
        return cells
    if row.measured_ms is None or row.error is None:
        return (*cells, "-", "-")
    return (*cells, q.milliseconds(row.measured_ms), f"{100 * row.error:+.0f} %")
