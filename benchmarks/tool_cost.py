"""What EdgeAttn itself costs: seconds, memory, imports, and microseconds over the bare engine.

    python -m benchmarks.tool_cost [--quick]

Writes docs/measurements/tool-cost.md and .json. This process stays small (no PyTorch), so that
the memory of its children is theirs.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.child import Ran, run
from benchmarks.measuring import Effort
from benchmarks.record import Bar, Page, effort_of, parse, write
from edgeattn_runtime.machine import context

IMPORT = """\
import time, numpy
before = time.perf_counter()
import edgeattn_runtime
edgeattn_runtime.open_bundle, edgeattn_runtime.open_session
print(1000 * (time.perf_counter() - before))
"""
MODEL = str(Path("benchmarks", "two_million.py")) + ":build"

LEAD = """\
Medians of {runs} runs of the command line, each in a new process. Peak memory is the largest \
resident set of the process or of one of its children. The conversion takes \
`benchmarks/two_million.py`, a hybrid of 1.9 M parameters with random weights, to both formats, \
calibrated with 256 and judged on 545 gesture photos, every candidate measured. The import is \
that of `open_bundle` and `open_session` after NumPy. The overhead is `session.run` over the \
engine's own call, on the files of the quickstart's bundle, in turn in one process."""


def quickstarts(effort: Effort, out: Path) -> list[Ran]:
    """Run `edgeattn quickstart`; the bundle of the last one stays at `out`."""
    words = ("-m", "edgeattn", "quickstart", "--force", "--quiet", "--out", str(out))
    return [run(*words) for _ in range(_few(effort))]


def conversions(effort: Effort, out: Path) -> list[Ran]:
    """Convert the model of two million parameters; random weights may lose any accuracy."""
    words = ("-m", "edgeattn", "convert", MODEL, "--out", str(out), "--force", "--quiet")
    data = ("--calib", "gestures", "--eval", "gestures", "--max-drop", "100")
    return [run(*words, *data) for _ in range(_few(effort))]


def _few(effort: Effort) -> int:
    return min(effort.repeats, 3)


def bars(
    started: list[Ran], converted: list[Ran], imports: list[float], helps: list[Ran],
    overheads: dict[str, Any],
) -> tuple[Bar, ...]:  # fmt: skip
    """Return what was wanted and what was found."""
    seconds = median(one.seconds for one in started)
    convert_s = median(one.seconds for one in converted)
    peak = median(one.peak_rss_mb for one in converted)
    import_ms, help_ms = median(imports), 1000 * median(one.seconds for one in helps)
    found = [
        Bar("`edgeattn quickstart`", "<= 60 s", f"{seconds:.1f} s", seconds <= 60),
        Bar(
            "`edgeattn convert`, 1.9 M parameters, both formats", "<= 60 s",
            f"{convert_s:.1f} s", convert_s <= 60,
        ),
        Bar("its peak memory", "<= 1500 MB", f"{peak:.0f} MB", peak <= 1500),
        Bar(
            "`import edgeattn_runtime` beyond NumPy", "<= 50 ms", f"{import_ms:.1f} ms",
            import_ms <= 50,
        ),
        Bar("`edgeattn --help`", "<= 300 ms", f"{help_ms:.0f} ms", help_ms <= 300),
    ]  # fmt: skip
    for file, one in overheads.items():
        ratio = one["ratio"]
        percent = 100 * (ratio["ratio"] - 1)
        low, high = 100 * (ratio["low"] - 1), 100 * (ratio["high"] - 1)
        found.append(
            Bar(
                f"`session.run` over the bare engine, {file}", "<= 2 %",
                f"{percent:+.2f} % ({low:+.2f} to {high:+.2f})", percent <= 2,
            )
        )  # fmt: skip
    return tuple(found)


def main() -> None:
    options = parse("tool_cost", __doc__)
    effort, before = effort_of(options), context(threads=1)
    runs = 3 * effort.repeats
    helps = [run("-m", "edgeattn", "--help") for _ in range(runs)]
    imports = [float(run("-c", IMPORT).output) for _ in range(runs)]
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder, "quickstart")
        started = quickstarts(effort, bundle)
        rounds = str(10 * effort.rounds)
        overheads = json.loads(run("-m", "benchmarks.overhead", str(bundle), rounds).output)
        converted = conversions(effort, Path(folder, "converted"))
    page = Page(
        name="tool-cost",
        title="What the tool itself costs",
        lead=LEAD.format(runs=f"{_few(effort)} (conversions) or {runs} (imports, help)"),
        tables=(),
        data={
            "quickstart": [[one.seconds, one.peak_rss_mb] for one in started],
            "convert": [[one.seconds, one.peak_rss_mb] for one in converted],
            "import_ms": imports,
            "help_s": [one.seconds for one in helps],
            "overhead": overheads,
        },
        bars=bars(started, converted, imports, helps, overheads),
    )
    write(page, folder=options.out, effort=effort, before=before, module="tool_cost")


if __name__ == "__main__":
    main()
