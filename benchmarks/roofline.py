"""How far the roofline estimates are off: fitted and checked on this machine.

The roofs are measured here and now (edgeattn/devices/on_board.py); the latencies are those of
docs/measurements/peers.json, measured on the same CPU while it was quiet. Two shares for each
engine and precision are fitted to seven models; the error is that of each model under shares that
were fitted to the other six.
"""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.measuring import FULL
from benchmarks.peers.preparing import NAMES, module, title
from benchmarks.record import OUT, Bar, Page, Table, effort_of, parse, write
from edgeattn.devices import on_board
from edgeattn.devices.estimate import files_of
from edgeattn.devices.roofline import Efficiency, Roof, estimate_ms
from edgeattn.devices.work import Work
from edgeattn_converters.capture import capture
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.program import Program
from edgeattn_runtime.errors import BadInput
from edgeattn_runtime.machine import Context, context, cpu_class

ENGINES = {"ONNX Runtime": "onnxruntime", "LiteRT": "ai-edge-litert"}
RECIPES = {"EdgeAttn fp32": "fp32", "EdgeAttn int8, recommended": "int8"}
Array = npt.NDArray[np.float64]

VNNI_OVER_FP32 = 4  # vpdpbusd does 64 products of a 512-bit register, a float32 FMA 16
SHARES = np.geomspace(0.05, 1.0, 121)  # of the compute roof
CACHED = np.geomspace(0.1, 10.0, 121)  # of the bandwidth; caches lift it above 1
ROUNDS = 5  # of measuring the roofs; the best counts
GOAL = 1.5  # times too long or too short, of a model that the shares were not fitted to


@dataclass(frozen=True)
class Case:
    """One model on one engine in one precision: as measured, and the files to choose from."""

    model: str
    engine: str
    precision: str
    measured_ms: float
    files: tuple[tuple[Work, ...], ...]

    def estimate(self, roof: Roof, efficiency: Efficiency) -> float:
        """Return the estimate of the fastest file."""
        return min(estimate_ms(one, roof, efficiency) for one in self.files)

    def off(self, roof: Roof, efficiency: Efficiency) -> float:
        """Return estimate / measured."""
        return self.estimate(roof, efficiency) / self.measured_ms


@dataclass(frozen=True)
class Fit:
    """What one engine in one precision makes of the roofs.

    Attributes:
        efficiency: Fitted to all models.
        cases: The models.
        apart: For each, estimate / measured under shares fitted to the others.
    """

    efficiency: Efficiency
    cases: tuple[Case, ...]
    apart: tuple[float, ...]

    @property
    def typical(self) -> float:
        """Geometric mean of how many times too long or too short."""
        return math.exp(sum(abs(math.log(one)) for one in self.apart) / len(self.apart))

    @property
    def worst(self) -> float:
        """The largest of them."""
        return max(max(one, 1 / one) for one in self.apart)


def measured_roof() -> tuple[Roof, float]:
    """Return the roofs over one core of this machine, and how many MiB were copied for it."""
    if cpu_class() != "x86-vnni":
        raise BadInput("this benchmark is for x86 with VNNI; on a board use `devices probe`")
    command = [sys.executable, "-I", on_board.__file__]
    said = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(ROUNDS)
    ]
    fp32, copied = (
        max(one[key] for one in said) for key in ("sgemm_gops_per_s", "memcpy_gb_per_s")
    )
    roof = Roof(fp32_gops=fp32, int8_gops=VNNI_OVER_FP32 * fp32, gb_per_s=copied)
    return roof, said[0]["memcpy_mib"]


def cases(peers: Path, here: Context) -> Iterator[Case]:
    """Yield what peers.json measured on this CPU, with the work of our files."""
    read = json.loads(peers.read_text(encoding="utf-8"))
    if read["context"]["cpu"] != here.cpu:
        raise BadInput(f"{peers} was measured on {read['context']['cpu']}, this is {here.cpu}")
    for name in NAMES:
        program = passed(name)
        for row in read["models"][name]:
            engine, precision = ENGINES.get(row["engine"]), RECIPES.get(row["recipe"])
            if row["tool"] == "edgeattn" and engine and precision and row["p50_ms"]:
                files = files_of(program, engine, cpu_class(), precision)
                yield Case(name, engine, precision, row["p50_ms"], tuple(files))


def passed(name: str) -> Program:
    """Return a model of the bench after the passes."""
    from benchmarks.peers.preparing import _data

    samples = _data(name)["calibration"]
    example = tuple(torch.from_numpy(values[:1]) for values in samples.values())
    return apply_passes(capture(module(name), example, name=name))


def ratios(case: Case, roof: Roof) -> Array:
    """Return estimate / measured [shares of compute, shares of bandwidth]."""
    tables = []
    for file in case.files:
        compute = np.array([one.operations / (roof.gops(one.precision) * 1e6) for one in file])
        memory = np.array([one.bytes / (roof.gb_per_s * 1e6) for one in file])
        both = np.maximum(compute / SHARES[:, None, None], memory / CACHED[None, :, None])
        tables.append(both.sum(-1))
    found: Array = np.minimum.reduce(tables) / case.measured_ms
    return found


def fitted(tables: Sequence[Array]) -> Efficiency:
    """Return the two shares with the least squared error of the logarithm.

    Args:
        tables: `ratios` of each model.
    """
    loss = sum(np.log(one) ** 2 for one in tables)
    best = np.unravel_index(np.argmin(loss), (len(SHARES), len(CACHED)))
    return Efficiency(float(SHARES[best[0]]), float(CACHED[best[1]]))


def fit(chosen: Sequence[Case], roof: Roof) -> Fit:
    """Fit to all, and to all but one in turn."""
    tables = [ratios(one, roof) for one in chosen]
    apart = [
        one.off(roof, fitted(tables[:place] + tables[place + 1 :]))
        for place, one in enumerate(chosen)
    ]
    return Fit(fitted(tables), tuple(chosen), tuple(apart))


def page(fits: dict[tuple[str, str], Fit], roof: Roof, mib: float) -> Page:
    """Return the page of docs/measurements."""
    shares = [
        (engine, precision, f"{one.efficiency.compute:.2f}", f"{one.efficiency.memory:.2f}",
         f"{one.typical:.2f}x", f"{one.worst:.2f}x")
        for (engine, precision), one in fits.items()
    ]  # fmt: skip
    rows = [
        (title(case.model), engine, precision, f"{case.measured_ms:.3f}",
         f"{case.estimate(roof, one.efficiency):.3f}", f"{100 * (apart - 1):+.0f} %")
        for (engine, precision), one in fits.items()
        for case, apart in zip(one.cases, one.apart, strict=True)
    ]  # fmt: skip
    worst = max(one.worst for one in fits.values())
    lead = (
        "What `edgeattn devices estimate` says about this machine, against what was measured. "
        "Roofs over one core, the best of what was measured with this page: "
        f"{roof.fp32_gops:.0f} * 10^9 float32 operations a second (a matrix product by NumPy), "
        f"{VNNI_OVER_FP32} times that in int8 with VNNI, {roof.gb_per_s:.1f} GB/s (copying "
        f"{mib:.0f} MiB, beyond the caches, read and written). Latencies are the medians in "
        "peers.json, from the same CPU; the roofs were measured on another day or hour, and on a "
        "shared machine they move. The share of bandwidth also stands for what softmax, norms and "
        "activations compute. Nothing here says anything about ARM: there the same shares are an "
        "assumption."
    )
    return Page(
        name="roofline",
        title="Roofline estimates against measurements",
        lead=lead,
        tables=(
            Table(
                "Shares of the roofs", ("engine", "precision", "of compute", "of bandwidth",
                "off, typically", "off, at worst"), tuple(shares),
                "Fitted to all models. Off: times too long or too short, of a model under the "
                "shares that fit the other six.",
            ),
            Table(
                "Models", ("model", "engine", "precision", "measured, ms", "estimate, ms",
                "off, fitted without it"), tuple(rows),
            ),
        ),
        data={"roof": asdict(roof), "fits": [_facts(*key, one) for key, one in fits.items()]},
        bars=(
            Bar("every model, under shares fitted to the others", f"<= {GOAL:g}x off",
                f"{worst:.2f}x", worst <= GOAL),
        ),
    )  # fmt: skip


def _facts(engine: str, precision: str, one: Fit) -> dict[str, Any]:
    return {
        "engine": engine, "precision": precision, **asdict(one.efficiency),
        "typical": one.typical, "worst": one.worst,
        "models": {
            case.model: {"measured_ms": case.measured_ms, "apart": apart}
            for case, apart in zip(one.cases, one.apart, strict=True)
        },
    }  # fmt: skip


def main() -> None:
    """Measure the roofs, fit, write the page."""
    options = parse("roofline", __doc__)
    torch.set_num_threads(1)
    before = context(threads=1)
    roof, mib = measured_roof()
    found = list(cases(OUT / "peers.json", before))
    fits = {}
    for key in itertools.product(ENGINES.values(), RECIPES.values()):
        chosen = [one for one in found if (one.engine, one.precision) == key]
        fits[key] = fit(chosen, roof)
    effort = effort_of(options) if options.quick else FULL
    write(
        page(fits, roof, mib), folder=options.out, effort=effort, before=before, module="roofline"
    )


if __name__ == "__main__":
    main()
