"""Write what was measured: a page of tables for people, the same as JSON for programs.

Nothing in docs/measurements is typed by hand; each page names the command that made it.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks.measuring import FULL, QUICK, Effort
from edgeattn_runtime.machine import Context

OUT = Path(__file__).resolve().parent.parent / "docs" / "measurements"
PACKAGES = ("torch", "onnx", "onnxscript", "onnxruntime", "ai-edge-litert", "numpy")


@dataclass(frozen=True)
class Table:
    """Cells as they are printed, under a title and a sentence."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a row that does not fit under the head."""
        for row in self.rows:
            if len(row) != len(self.head):
                raise ValueError(f"{self.title}: {len(row)} cells under {len(self.head)} heads")

    def markdown(self) -> str:
        """Return the table as a section of a page."""
        lines = [f"## {self.title}", ""]
        if self.note:
            lines += [self.note, ""]
        lines += [_line(self.head), _line(("---",) * len(self.head))]
        return "\n".join([*lines, *map(_line, self.rows)])


@dataclass(frozen=True)
class Bar:
    """A goal that was set before it was measured."""

    what: str
    wanted: str
    found: str
    reached: bool

    def cells(self) -> tuple[str, str, str, str]:
        """Return one row of a table."""
        return self.what, self.wanted, self.found, "reached" if self.reached else "**missed**"


def bars_table(bars: Sequence[Bar]) -> Table:
    """Return the goals as a table."""
    return Table("Bars", ("what", "wanted", "measured", ""), tuple(bar.cells() for bar in bars))


@dataclass(frozen=True)
class Page:
    """One page of docs/measurements.

    Attributes:
        name: Of its two files, without suffix.
        title: One line.
        lead: What was asked and how it was measured.
        tables: In the order of reading.
        bars: Goals; a page may have none.
        data: Every number behind the tables, plain values.
    """

    name: str
    title: str
    lead: str
    tables: tuple[Table, ...]
    data: dict[str, Any]
    bars: tuple[Bar, ...] = ()


def parse(module: str, about: str | None, *more: tuple[str, str]) -> argparse.Namespace:
    """Return the options every benchmark has, and `more` paths by name and help."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{module}", description=about)
    parser.add_argument("--quick", action="store_true", help="few rounds, to try it out")
    parser.add_argument("--out", type=Path, default=OUT, help="where the page goes")
    for name, words in more:
        parser.add_argument(name, type=Path, help=words)
    return parser.parse_args()


def effort_of(options: argparse.Namespace) -> Effort:
    """Return how long to measure."""
    return QUICK if options.quick else FULL


def write(page: Page, *, folder: Path, effort: Effort, before: Context, module: str) -> None:
    """Write NAME.md and NAME.json.

    Args:
        page: What was found.
        folder: Where they go.
        effort: How long was measured.
        before: The machine before the measurement.
        module: The benchmark's module, for the command on the page.
    """
    command = f"python -m benchmarks.{module}" + (" --quick" if effort.name == QUICK.name else "")
    machine = before.finished()
    made = {
        "command": command,
        "created": datetime.now(timezone.utc).date().isoformat(),
        "effort": asdict(effort),
        "context": machine.to_json(),
        "versions": versions(),
    }
    tables = ((bars_table(page.bars),) if page.bars else ()) + page.tables
    text = "\n\n".join(
        [f"# {page.title}", page.lead, _machine(made, machine), *(t.markdown() for t in tables)]
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{page.name}.md").write_text(text + "\n", encoding="utf-8")
    content = {"schema_version": 1, **made, "bars": list(map(asdict, page.bars)), **page.data}
    (folder / f"{page.name}.json").write_text(
        json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def versions() -> dict[str, str]:
    """Return the versions of the packages that a measurement depends on."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _machine(made: dict[str, Any], machine: Context) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    effort = made["effort"]
    features = [name for name in machine.features if "vnni" in name or name in ("asimddp", "i8mm")]
    return (
        f"Made by `{made['command']}` on {made['created']}; {effort['name']} run. "
        f"{machine.cpu} ({machine.cpu_class}{', ' + ', '.join(features) if features else ''}), "
        f"{machine.cores} cores, load {machine.load_average} at the start, one thread; "
        f"Python {machine.python}, {packages}."
    )


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
