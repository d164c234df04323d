"""Tables of the peer bench: one for each model, and one over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.peers.bars import OURS
from benchmarks.peers.catalog import ENGINES, Peer
from benchmarks.peers.judge import Contest, Row, against, fastest
from benchmarks.record import Table
from edgeattn_runtime.latency import RatioInterval

HEAD = (
    "made by", "engine", "p50 ms", "over its engine's fp32", "over the fastest float",
    "EdgeAttn's int8 against it", "SQNR dB", "agreement", "accuracy", "drop, points", "MB",
    "seconds", "installed MB",
)  # fmt: skip
SUMMARY = (
    "model", "fastest float", "ONNX Runtime int8", "its best peer, EdgeAttn against it",
    "LiteRT int8", "its best peer, EdgeAttn against it", "fastest int8 of all",
)  # fmt: skip


def model_table(contest: Contest, installed: Mapping[str, float]) -> Table:
    """Return a model's files, engine by engine, the fastest first, and those that failed.

    Args:
        contest: What ran.
        installed: Megabytes by tool.
    """
    rows = [
        cells(row, contest, installed)
        for engine in ENGINES
        for row in sorted(contest.of(engine), key=lambda row: row.p50)
    ]
    empty = ("-",) * (len(HEAD) - 3)
    for one in contest.absent:
        size = f"{installed[one.peer.name]:.0f}" if one.peer.name in installed else "-"
        name = f"{one.recipe.title} ({one.note})"
        rows.append((name, one.recipe.engine, *empty, size))
    return Table(contest.title, HEAD, tuple(rows))


def cells(row: Row, contest: Contest, installed: Mapping[str, float]) -> tuple[str, ...]:
    """Return a row of a model's table."""
    made = row.made
    name = f"**{made.recipe.title}**" if made.ours else made.recipe.title
    return (
        name + (f" ({made.note})" if made.note else ""),
        made.recipe.engine,
        f"{row.p50:.3f}",
        interval(row.over_engine),
        interval(row.over_any),
        comparison(row, contest),
        "equal" if row.sqnr_db > 200 else f"{row.sqnr_db:.1f}",
        f"{row.agreement:.1%}",
        "-" if row.accuracy is None else f"{row.accuracy:.2%}",
        "-"
        if row.drop is None
        else f"{row.drop.drop_pp:.2f} ({row.drop.low_pp:.2f} to {row.drop.high_pp:.2f})",
        f"{made.bytes / 1e6:.2f}",
        "-" if made.seconds is None else f"{made.seconds:.1f}",
        f"{installed[made.peer.name]:.0f}" if made.peer.name in installed else "-",
    )


def comparison(row: Row, contest: Contest) -> str:
    """Return how EdgeAttn's int8 does against a peer's: on the same engine, else its fastest."""
    if row.made.ours or not row.int8:
        return ""
    ours = rival(row, contest)
    if ours is None:
        return "-"
    found = against(ours, row)
    if not row.competes:
        return f"{interval(found)}, wrong answers"
    if found.high < 1:
        return f"{interval(found)}, **this peer wins**"
    return interval(found) + (", a draw" if found.low < 1 else "")


def interval(ratio: RatioInterval) -> str:
    """Return a ratio with its interval.

    >>> interval(RatioInterval(1.5, 1.4, 1.6))
    '1.50x (1.40 to 1.60)'
    """
    return f"{ratio.ratio:.2f}x ({ratio.low:.2f} to {ratio.high:.2f})"


def lost(contests: Sequence[Contest]) -> Table:
    """Return the peers' files that are faster than EdgeAttn's and right, the widest gap first."""
    found = []
    for contest in contests:
        for row in contest.rows:
            ours = rival(row, contest)
            if row.competes and ours is not None and against(ours, row).high < 1:
                found.append((against(ours, row), row, ours, contest))
    return Table(
        "Where a peer wins",
        ("model", "peer", "EdgeAttn's int8 against it", "its SQNR dB", "EdgeAttn's SQNR dB"),
        tuple(
            (
                contest.title, f"{row.made.recipe.title} on {row.made.recipe.engine}",
                interval(speed), f"{row.sqnr_db:.1f}", f"{ours.sqnr_db:.1f}",
            )
            for speed, row, ours, contest in sorted(found, key=lambda one: one[0].ratio)
        ),
        "The whole 95 % interval lies below 1. Files of ONNX Runtime and LiteRT are held against "
        "EdgeAttn's on the same engine, all others against its fastest."
        + ("" if found else " There is none."),
    )  # fmt: skip


def tools(peers: Sequence[Peer], installed: Mapping[str, float]) -> Table:
    """Return what each tool is and what it brings."""
    return Table(
        "Tools",
        ("tool", "installed", "MB"),
        tuple(
            (
                peer.name,
                "this repository, `edgeattn[all]`"
                if peer.environment is None
                else ", ".join(peer.environment.pins),
                f"{installed[peer.name]:.0f}",
            )
            for peer in peers
        ),
    )


def rival(row: Row, contest: Contest) -> Row | None:
    """Return EdgeAttn's int8 file that a peer is held against: on its engine, else the fastest."""
    form = OURS.get(row.made.recipe.engine)
    return contest.best() if form is None else contest.ours(f"{form} int8")


def summary(contests: Sequence[Contest]) -> Table:
    """Return one line for each model."""
    return Table(
        "Summary",
        SUMMARY,
        tuple(summary_cells(contest) for contest in contests),
        "EdgeAttn's int8 is its recommended file; the best peer is the fastest whose output SQNR "
        "is at least 20 dB.",
    )


def summary_cells(contest: Contest) -> tuple[str, ...]:
    """Return a model's line."""
    floats = fastest(row for row in contest.rows if not row.int8)
    parts = []
    for engine, form in OURS.items():
        ours, peer = contest.ours(f"{form} int8"), contest.competitor(engine)
        parts.append(
            "-" if ours is None else f"{interval(ours.over_engine)}, {ours.sqnr_db:.1f} dB"
        )
        parts.append(
            "-"
            if ours is None or peer is None
            else f"{peer.made.recipe.title}: {comparison(peer, contest)}"
        )
    all_int8 = fastest(row for row in contest.rows if row.competes or (row.made.ours and row.int8))
    return (
        contest.title,
        "-" if floats is None else f"{floats.made.recipe.title}, {floats.p50:.2f} ms",
        *parts,
        "-" if all_int8 is None
        else f"{all_int8.made.recipe.title} on {all_int8.made.recipe.engine}, "
        f"{interval(all_int8.over_any)} over the fastest float",
    )  # fmt: skip
