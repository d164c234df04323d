"""Is attention worth it on real data: what `edgeattn audit` answered, on one page.

    edgeattn audit --data gestures --budget 20m --to tflite --out out/gestures
    edgeattn audit --data sp_sw_har --budget 20m --to tflite --out out/sp_sw_har
    python -m benchmarks.audit out/gestures out/sp_sw_har

Writes docs/measurements/audit.md and .json from the audit.json of each folder, in that order.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import FULL
from benchmarks.record import OUT, Page, Table, write
from edgeattn.audit.comparison import SMALLEST_P
from edgeattn_runtime.context import Context
from edgeattn_runtime.errors import BadInput

HEAD = (
    *("candidate", "MACs", "parameters", "validation", "test, int8", "95 % interval", "float"),
    *("gain, paired", "p", "int8 latency", "ratio", "against fp32", "file"),
)
LEAD = """\
Five candidates of equal multiply-accumulates, trained alike for the same number of epochs, \
converted by the path of `edgeattn convert` and judged on the same test samples \
([how](../audit.md)). The best of each camp is chosen by validation samples and compared once on \
the test samples. Gain: paired with the best candidate without attention (Tango's interval, \
McNemar's exact test). Latency: median, one thread, all int8 files in turn; ratio: to the same \
reference."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="what `edgeattn audit --out` made")
    parser.add_argument("--out", type=Path, default=OUT, help="where the page goes")
    options = parser.parse_args()
    audits = [read(folder) for folder in options.folders]
    names = " ".join(f"out/{audit['data']['name']}" for audit in audits)
    write(
        page(audits),
        folder=options.out,
        effort=FULL,
        before=Context.from_json(audits[-1]["context"]),
        module=f"audit {names}",  # the command on the page
    )


def read(folder: Path) -> dict[str, Any]:
    """Return the audit in a folder."""
    path = folder / "audit.json"
    if not path.exists():
        raise BadInput(f"{folder} holds no audit.json; `edgeattn audit --out {folder}` makes it")
    audit: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return audit


def page(audits: Sequence[Mapping[str, Any]]) -> Page:
    """Return the page of some audits."""
    return Page(
        name="audit",
        title="Is attention worth it",
        lead=LEAD,
        tables=tuple(table(audit) for audit in audits),
        data={"audits": list(audits)},
    )


def table(audit: Mapping[str, Any]) -> Table:
    """Return one audit: the sentence, what was done, its candidates and remarks."""
    data, budget, size = audit["data"], audit["budget"], audit["size"]
    done = (
        f"`{command(audit)}`: "
        f"{data['train_samples']:,} training, {data['validation_samples']:,} validation, "
        f"{data['test_samples']:,} test samples of {data['classes']} classes, shape "
        f"{data['input_shape']}; the commonest class is {data['commonest_class']:.1%} of the test "
        f"samples. {budget['used_s'] / 60:.1f} minutes used, {budget['epochs']} epochs each; "
        f"{size['smallest'] / 1e6:.2f} to {size['largest'] / 1e6:.2f} M "
        f"multiply-accumulates; seed {audit['seed']}; {audit['context']['cpu']}, load "
        f"{_load(audit['context'])} while the files were timed."
    )
    remarks = "\n".join(f"- {remark}." for remark in audit["remarks"])
    return Table(
        data["name"],
        HEAD,
        tuple(map(row, audit["candidates"])),
        note=f"**{audit['verdict']['sentence']}**\n\n{done}\n\n{remarks}",
    )


def command(audit: Mapping[str, Any]) -> str:
    """Return what was typed; with a budget, how many epochs it affords is the machine's say."""
    asked, epochs = audit["budget"]["asked_s"], audit["budget"]["epochs"]
    length = f"--epochs {epochs}" if asked is None else f"--budget {asked / 60:g}m"
    name = audit["data"]["name"]
    return (
        f"edgeattn audit --data {name} {length} --seed {audit['seed']} "
        f"--to {','.join(audit['formats'])} --out out/{name}"
    )


def row(one: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of one candidate."""
    against, ratio, int8 = one["against_reference"], one["latency_ratio"], one["int8"]
    low, high = one["accuracy_interval"]
    return (
        one["name"],
        f"{one['macs'] / 1e6:.2f} M",
        f"{one['params']:,}",
        f"{one['validation_accuracy']:.2%}",
        f"{one['accuracy']:.2%}" if int8 else "-",
        f"{low:.2%} to {high:.2%}",
        f"{one['float_accuracy']:.2%}",
        "reference"
        if against is None
        else f"{against['gain_pp']:+.2f} ({against['low_pp']:+.2f} to {against['high_pp']:+.2f})",
        "" if against is None else p_value(against["p_value"]),
        "-" if one["latency_ms"] is None else f"{one['latency_ms']['p50']:.3f} ms",
        "-" if ratio is None else f"{ratio['ratio']:.2f}x",
        f"{int8['speedup_vs_fp32']:.2f}x" if int8 else one["no_int8_file"],
        f"{int8['bytes'] / 1e3:.0f} kB" if int8 else "-",
    )


def p_value(p: float) -> str:
    """Return it as `edgeattn audit` writes it."""
    return f"{p:.2g}" if p >= SMALLEST_P else f"< {SMALLEST_P}"


def _load(context: Mapping[str, Any]) -> str:
    load = context.get("load_average")
    return "unknown" if not load else f"{load[0] if isinstance(load, list) else load:.1f}"


if __name__ == "__main__":
    main()
