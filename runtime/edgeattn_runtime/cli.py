"""The command line on the device: check, bench, run, info. Standard library only.

Exit codes: 0 done and gates hold, 1 a gate failed, 2 what was typed is wrong, 3 what was handed in
cannot be read or the environment is at fault.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edgeattn_runtime import __version__
from edgeattn_runtime.bench import ITERATIONS, WARMUP, bench_bundle
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.check import check_bundle
from edgeattn_runtime.displayable import displayable
from edgeattn_runtime.duration import duration_s
from edgeattn_runtime.errors import EdgeattnError
from edgeattn_runtime.one_input import answer, read_one_input
from edgeattn_runtime.report import Gates, Report
from edgeattn_runtime.session import ENGINES, is_installed
from edgeattn_runtime.table import align

BUDGET_S = 60.0  # a slow board shall not keep anybody waiting; three rounds always run
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; without -v no traceback reaches the user."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a board without a UTF-8 locale shows "?" for "ü"
            stream.reconfigure(errors="replace")
    try:
        code: int = options.command(options)
        sys.stdout.flush()
        return code
    except EdgeattnError as error:
        return _fault(str(error), error.exit_code, options)
    except KeyboardInterrupt:
        return _fault("interrupted", INTERRUPTED, options)
    except BrokenPipeError:  # `... | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _fault(f"{error}", 3, options)
    except Exception as error:  # a bug of ours: still one line
        return _fault(f"this should not happen: {error!r}; run it again with -v", 3, options)


def _fault(message: str, code: int, options: argparse.Namespace) -> int:
    """Print one line on stderr, and the traceback when it was asked for."""
    if options.verbose:
        traceback.print_exc()
    sys.stderr.write(f"error: {displayable(message)}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgeattn-runtime", description="Run, check and time a bundle on this machine."
    )
    parser.add_argument("--version", action="version", version=f"edgeattn-runtime {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int], about: str) -> Any:
        one = commands.add_parser(name, help=about, description=about)
        one.add_argument("bundle", metavar="BUNDLE", type=Path, help="a folder made by convert")
        one.add_argument("--json", action="store_true", help="the result alone on stdout, as JSON")
        one.add_argument("-v", "--verbose", action="store_true", help="tracebacks")
        one.add_argument("-q", "--quiet", action="store_true", help="no progress")
        one.set_defaults(command=command)
        return one

    check = add("check", _check, "Parity with the golden vectors, accuracy on the samples.")
    check.add_argument("--data", metavar="FILE.npz", help="labelled samples (x, y)")
    check.add_argument("--max-drop", type=_bound, default=1.0, metavar="PP", help="points, 1.0")
    bench = add("bench", _bench, "Latency, interleaved; memory, cold start, energy, operators.")
    bench.add_argument("--precision", help="only this one, and fp32 beside it")
    bench.add_argument("--warmup", type=int, default=WARMUP, metavar="N")
    bench.add_argument("--iterations", type=int, default=ITERATIONS, metavar="N")
    bench.add_argument(
        "--budget", type=float, default=BUDGET_S, metavar="S", help="stop after S seconds, 60"
    )
    bench.add_argument("--min-speedup", type=_bound, metavar="X", help="exit 1 below this")
    bench.add_argument(
        "--sustained", type=_duration, metavar="TIME", help="then run the fastest for 90s or 10m"
    )
    bench.add_argument("--cores", metavar="LIST", help="run on 0-3, 2,3, big or little alone")
    bench.add_argument("--no-memory", action="store_true", help="skip the peak memory")
    bench.add_argument("--cold-start", action="store_true", help="import, open, first inference")
    bench.add_argument("--per-op", action="store_true", help="time by kind of operator")
    bench.add_argument("--energy", action="store_true", help="mJ of an inference, with a sensor")
    run = add("run", _run, "Run one input and print the answer.")
    run.add_argument("input", nargs="?", type=Path, metavar="INPUT", help=".npy or .npz")
    run.add_argument("--precision")
    add("info", _info, "What the bundle holds and what can run here.")
    for one in (check, bench, run):
        one.add_argument("--threads", type=int, default=1, metavar="N", help="CPU threads, 1")
        one.add_argument(
            "--engine", metavar="NAME", help="onnx, tflite, an engine, or webgpu, litert-gpu, ..."
        )
    return parser


def _duration(text: str) -> float:
    try:
        return duration_s(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration; give 90s, 10m or 1h") from None


def _bound(text: str) -> float:
    """Return a number from 0 on; `nan` and `inf` hold no gate and end no wait."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 on")
    return number


def _check(options: argparse.Namespace) -> int:
    def show(doing: str) -> None:
        _progress(options, doing)

    report = check_bundle(
        open_bundle(options.bundle),
        data=options.data,
        threads=options.threads,
        engines=None if options.engine is None else (options.engine,),
        gates=Gates(max_drop_pp=options.max_drop),
        progress=show,
    )
    return _print_report(report, options)


def _bench(options: argparse.Namespace) -> int:
    def show(done: int, wanted: int) -> None:
        if done == wanted or done % 10 == 0:
            _progress(options, f"round {done} of {wanted}")

    report = bench_bundle(
        open_bundle(options.bundle),
        precision=options.precision,
        threads=options.threads,
        cores=options.cores,
        warmup=options.warmup,
        iterations=options.iterations,
        budget_s=options.budget,
        engines=None if options.engine is None else (options.engine,),
        memory=not options.no_memory,
        cold_start=options.cold_start,
        per_op=options.per_op,
        energy=options.energy,
        sustained_s=options.sustained,
        min_speedup=options.min_speedup,
        progress=show,
        tell=lambda doing: _progress(options, doing),
    )
    return _print_report(report, options)


def _run(options: argparse.Namespace) -> int:
    bundle = open_bundle(options.bundle)
    session = bundle.session(options.precision, options.engine, options.threads)
    outputs = session.run(read_one_input(bundle, options.input))
    if options.json:
        lists = {name: value.tolist() for name, value in outputs.items()}
        _print_json({"schema_version": 1, "engine": session.engine, "outputs": lists})
        return 0
    logits = next(iter(outputs.values()))
    _print_text("\n".join(answer(logits, bundle.manifest.labels)))
    return 0


def _info(options: argparse.Namespace) -> int:
    bundle = open_bundle(options.bundle)
    manifest = bundle.manifest
    engines = {engine: is_installed(engine) for engine in ENGINES}
    if options.json:
        _print_json({"schema_version": 1, "manifest": manifest.to_json(), "engines": engines})
        return 0
    present = {file.name for file in bundle.present()}
    rows = [["file", "precision", "bytes", "runs here"]]
    for file in manifest.files:
        runs = bundle.runnable(file) if file.name in present else False
        state = "yes" if runs else ("no engine" if file.name in present else "not copied")
        rows.append([file.name, file.precision, str(file.bytes), state])
    lines = [
        f"{manifest.name}, {manifest.task}"
        + ("" if manifest.labels is None else f", {len(manifest.labels)} classes"),
        *(f"  in   {port}" for port in manifest.inputs),
        *(f"  out  {port}" for port in manifest.outputs),
        "",
        *align(rows),
        "",
        *(f"take {c.file} for {f}: {c.reason}" for f, c in manifest.recommended.items()),
        "engines: " + ", ".join(f"{n} {'yes' if found else 'no'}" for n, found in engines.items()),
    ]
    _print_text("\n".join(lines))
    return 0


def _print_report(report: Report, options: argparse.Namespace) -> int:
    """Print the report and return the exit code its verdict asks for."""
    _progress(options, "")
    sys.stdout.write(report.dumps() if options.json else displayable(report.text()))
    return 0 if report.verdict.passed else 1


def _print_text(text: str) -> None:
    sys.stdout.write(f"{displayable(text)}\n")


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _progress(options: argparse.Namespace, doing: str) -> None:
    """Rewrite one line on stderr, only when somebody watches."""
    if options.quiet or not sys.stderr.isatty() or os.environ.get("CI"):
        return
    sys.stderr.write(f"\r\x1b[K{doing}")
    sys.stderr.flush()
