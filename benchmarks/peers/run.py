"""EdgeAttn against every tool that quantises attention: same models, same samples, one run.

    python -m benchmarks.peers.run [--quick] [--only MODEL,...] [--peers NAME,...]
                                   [--environments DIR] [--retry] [--make | --kept] [--out DIR]

Writes docs/measurements/peers.md and .json. Environments and conversions are made at the first
run and kept; a bench that was stopped goes on where it stopped. `--make` makes them and measures
nothing, so that the long part can run while the machine is busy; `--kept` measures what is kept
and makes nothing. Measuring alone takes about three quarters of an hour and wants a quiet machine.
"""

from __future__ import annotations

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import Effort
from benchmarks.peers.bars import bars
from benchmarks.peers.catalog import EDGEATTN, PEERS, Peer
from benchmarks.peers.crew import Crew
from benchmarks.peers.environments import own_megabytes
from benchmarks.peers.judge import Contest, judged
from benchmarks.peers.preparing import CALIBRATION, EVALUATION, NAMES, prepared
from benchmarks.peers.rounds import BEHIND, CLOSE, FAR, FEWEST, FULL, QUICK, measured
from benchmarks.peers.source import Source
from benchmarks.peers.store import Made, Store
from benchmarks.peers.table import lost, model_table, summary, tools
from benchmarks.record import OUT, Page, write
from benchmarks.stock_litert import default_environments
from edgeattn_runtime.machine import context

Conversions = tuple[Source, list[Made]]
"""A model, and what every tool made of it."""

LEAD = """\
Which tool makes attention fastest in int8, and what does it cost? Every tool got the same PyTorch \
models and the same samples ({calibration} to calibrate, {evaluation} to judge; the trained model \
has its own), and runs in its own pinned environment. All files ran in turn, round by round, batch \
1, one thread: ONNX and TFLite files in one process per engine with EdgeAttn's pinned versions, \
OpenVINO, ExecuTorch and PyTorch in their own. A peer's file more than {close:g} times as slow as \
the fastest peer of its precision (on its engine for ONNX Runtime and LiteRT, on any for the \
others) has a turn in every {behind}th round only; one more than {far:g} times as slow as the \
fastest on any engine has {fewest}. Speed-ups are ratios of medians with 95 % intervals, over the \
fastest fp32 file of the same engine and over the fastest float file of any engine, whoever made \
it. A file whose ports are int8 or channels last gets its samples so; that is not timed. SQNR and \
agreement are against PyTorch's float answers; random weights give neither classes nor accuracy a \
meaning. Below 20 dB a file answers something else: it is listed, but is no competitor. OpenVINO \
is told to keep float32; by default it takes bfloat16 where the CPU has it. Seconds are wall time \
from the float model in memory to the file, calibration included, whatever else the machine did; \
EdgeAttn's include measuring and checking the whole bundle. Installed MB is all that the tool \
brings, PyTorch included where it needs it."""


def main() -> None:
    options = parsed(sys.argv[1:])
    effort: Effort = QUICK if options.quick else FULL
    before = context(threads=1)
    environments: Path = options.environments or default_environments()
    store = Store(environments.parent / "peers", environments, options.retry, not options.kept, say)
    if options.make:
        say(tally(converted(options.only, options.peers, store)) + "\n")
        return
    contests = contested(options.only, options.peers, store, effort)
    installed = {peer.name: megabytes(peer, environments) for peer in options.peers}
    page = Page(
        name="peers",
        title="Quantised attention: EdgeAttn against every peer",
        lead=lead() + chosen(options),
        tables=(
            summary(contests),
            lost(contests),
            *(model_table(one, installed) for one in contests),
            tools(options.peers, installed),
        ),
        data={
            "models": {one.name: [row.to_json() for row in one.rows] for one in contests},
            "absent": {one.name: {made.key: made.note for made in one.absent} for one in contests},
            "installed_mb": installed,
        },
        bars=bars(contests),
    )
    module = "peers.run" + (" --kept" if options.kept else "")
    write(page, folder=options.out, effort=effort, before=before, module=module)


def lead() -> str:
    """Return what the page says before its numbers."""
    return LEAD.format(
        calibration=CALIBRATION, evaluation=EVALUATION,
        close=CLOSE, far=FAR, behind=BEHIND, fewest=FEWEST,
    )  # fmt: skip


def contested(
    models: Sequence[str], peers: Sequence[Peer], store: Store, effort: Effort
) -> tuple[Contest, ...]:
    """Convert everything first, then measure model by model while nothing else runs."""
    contests = []
    everything = converted(models, peers, store)
    with Crew(store.environments) as crew:
        for source, made in everything:
            files = [one for one in made if one.path is not None]
            ran, refused = measured(crew, source, files, effort, say)
            contests.append(judged(source, ran, made, refused))
    return tuple(contests)


def converted(models: Sequence[str], peers: Sequence[Peer], store: Store) -> list[Conversions]:
    """Return all files of every model, made now or earlier, and why others could not be made."""
    sources = [prepared(name, store.cache) for name in models]
    return [
        (source, [one for peer in peers for one in store.conversions(peer, source)])
        for source in sources
    ]


def tally(everything: Sequence[Conversions]) -> str:
    """Return how many files there are, and a line for each that could not be made."""
    failed = [
        f"{source.name}: {one.key}: {one.note}"
        for source, made in everything
        for one in made
        if one.path is None
    ]
    files = sum(len(made) for _, made in everything) - len(failed)
    return "\n".join([f"{files} files are kept, {len(failed)} could not be made", *failed])


def megabytes(peer: Peer, environments: Path) -> float:
    """Return what a tool's installation takes."""
    if peer.environment is None:
        return own_megabytes()
    return peer.environment.megabytes(environments)


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """Return the options; models and peers by name, all by default.

    EdgeAttn is always among them where something is measured, since all others are held against it.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds, to try it out")
    parser.add_argument("--only", help=f"models: {', '.join(NAMES)}")
    parser.add_argument("--peers", help=f"tools: {', '.join(peer.name for peer in PEERS)}")
    parser.add_argument("--environments", type=Path, help="where the tools are installed")
    parser.add_argument("--retry", action="store_true", help="try again what failed")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--make", action="store_true", help="convert everything, measure nothing")
    parts.add_argument("--kept", action="store_true", help="make nothing, measure what is kept")
    parser.add_argument("--out", type=Path, default=OUT, help="where the page goes")
    options = parser.parse_args(words)
    options.only = named(parser, "--only", options.only, NAMES)
    wanted = named(parser, "--peers", options.peers, tuple(peer.name for peer in PEERS))
    options.peers = [
        peer for peer in PEERS if peer.name in wanted or (peer is EDGEATTN and not options.make)
    ]
    return options


def named(
    parser: argparse.ArgumentParser, option: str, typed: str | None, known: Sequence[str]
) -> tuple[str, ...]:
    """Return the names that were typed, all when none was."""
    names = tuple(known) if typed is None else tuple(typed.split(","))
    for name in names:
        if name not in known:
            parser.error(f"{option}: there is no {name!r}; choose from {', '.join(known)}")
    return names


def chosen(options: argparse.Namespace) -> str:
    """Return the sentence that says what this run left out."""
    if options.kept:
        return " This run made nothing anew: it measured the conversions that were kept."
    models, peers = len(options.only), len(options.peers)
    if models == len(NAMES) and peers == len(PEERS):
        return ""
    return f" This run covers {models} of {len(NAMES)} models and {peers} of {len(PEERS)} tools."


def say(words: str) -> None:
    """Tell a person at the terminal what goes on, in one line that is written over."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[2K{words}")
        sys.stderr.flush()
    elif "round" not in words and "opens" not in words:
        sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    main()
