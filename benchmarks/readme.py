"""Put the measured tables into README.md: `python -m benchmarks.readme`, after a benchmark.

Between two comments a table is written, never typed; tests compare them with gesture.json and
zoo.json.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.zoo_page import readme_table

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
MEASURED = ROOT / "docs" / "measurements" / "gesture.json"
ZOO = ROOT / "docs" / "measurements" / "zoo.json"
BEGIN, END = "<!-- measured: begin (make bench) -->", "<!-- measured: end -->"
ZOO_BEGIN, ZOO_END = "<!-- zoo: begin (make zoo-report) -->", "<!-- zoo: end -->"


def table(measured: dict[str, Any]) -> str:
    """Return the rows as Markdown: a line a file, engine by engine."""
    lines = [
        "| engine | file | speed against the engine's fastest fp32 | accuracy | SQNR | size |",
        "|---|---|---|---|---|---|",
    ]
    rows = sorted(measured["rows"], key=lambda row: (row["engine"], not row["ours"]))
    for row in rows:
        if row.get("accuracy") is None:
            continue  # a tool that could not be installed; the page says so
        name = f"**{row['recipe']}**" if row["ours"] else row["recipe"].split(" (")[0]
        sqnr = "-" if row["precision"] == "fp32" else f"{row['sqnr_db']:.1f} dB"
        lines.append(
            f"| {row['engine']} | {name} | {row['speedup_over_fastest_fp32']:.2f}x | "
            f"{row['accuracy']:.2%} | {sqnr} | {row['bytes'] / 1e6:.2f} MB |"
        )
    context = measured["context"]
    lines += [
        "",
        f"{context['cpu']} ({context['cpu_class']}), one thread, all files in turn in one process, "
        f"545 photos; `{measured['command']}`, {measured['created']}. Intervals, percentiles and "
        "the recipes in full: [docs/measurements/gesture.md](docs/measurements/gesture.md).",
    ]
    return "\n".join(lines)


def with_table(readme: str, measured: dict[str, Any]) -> str:
    """Return the README with the gesture model's table between its two comments."""
    return between(readme, BEGIN, END, table(measured))


def with_zoo(readme: str, measured: dict[str, Any]) -> str:
    """Return the README with the table of the zoo between its two comments."""
    return between(readme, ZOO_BEGIN, ZOO_END, readme_table(measured))


def between(readme: str, begin: str, end: str, text: str) -> str:
    """Return the README with `text` between two comments."""
    before, rest = readme.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def main() -> None:
    text = README.read_text(encoding="utf-8")
    text = with_table(text, json.loads(MEASURED.read_text(encoding="utf-8")))
    text = with_zoo(text, json.loads(ZOO.read_text(encoding="utf-8")))
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
