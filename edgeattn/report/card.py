"""report.json -> report.html: one offline file with no scripts, for a person to read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from edgeattn.likeness import disturbances
from edgeattn.report import quantities as q
from edgeattn.report.candidates import counts_instructions, rows_of
from edgeattn.report.layers import layer_lines, precision_of_layers
from edgeattn.report.operators import operators_of
from edgeattn.report.panels import (
    accuracy_lines,
    change_lines,
    instruction_lines,
    latency_lines,
    memory_lines,
    size_lines,
)
from edgeattn.report.search import searches_of
from edgeattn.report.sustained import curves_of
from edgeattn.report.verdict_words import place, processor, words_for

FIRST_LAYERS = 12  # shown before "all layers" has to be opened
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_CONTEXT = {  # key in report.json -> (words, unit)
    "machine": ("Machine", ""),
    "architecture": ("Architecture", ""),
    "system": ("System", ""),
    "cpu": ("Processor", ""),
    "features": ("Features that matter", ""),
    "cores": ("Cores", ""),
    "threads": ("Threads used", ""),
    "memory_mb": ("Memory", " MB"),
    "pinned_to": ("Kept on cores", ""),
    "clock": ("The clock counts", ""),
    "governor": ("Governor", ""),
    "frequency_cap_mhz": ("Clock, as set", " MHz"),
    "frequency_mhz_before": ("Clock before", " MHz"),
    "frequency_mhz_after": ("Clock after", " MHz"),
    "temperature_c_before": ("Temperature before", " °C"),
    "temperature_c_after": ("Temperature after", " °C"),
    "throttled": ("Throttled", ""),
    "others_cpu_share": ("CPU time others took (0 to 1)", ""),
    "preemptions_per_s": ("Preempted, times a second", ""),
    "disturbed": ("Disturbed by", ""),
    "engine": ("Engine", ""),
    "engine_version": ("Engine version", ""),
    "provider_requested": ("Provider asked for", ""),
    "provider_actual": ("Provider that ran", ""),
    "kernels": ("Kernels of fused attention", ""),
    "load_average": ("Load before", ""),
    "load_average_after": ("Load after", ""),
    "python": ("Python", ""),
    "numpy": ("NumPy", ""),
}


def render_html(report: Mapping[str, Any], *, assets: Mapping[str, Any] | None = None) -> str:
    """Return the report card as one HTML page.

    Args:
        report: What `report.json` holds; whatever is missing reads "not measured".
        assets: What the card shows beyond the report, each optional:
            "samples": [{image_png_base64, label, float_prediction, int8_prediction,
            float_confidence, int8_confidence}], confidences in [0, 1];
            "calibration": {fact: value};
            "command": the command that repeats the run.

    Returns:
        HTML with style and pictures inside, nothing to load, nothing that runs. Names and labels
        are escaped, and a content security policy forbids scripts and the network.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    assets = assets or {}
    environment = Environment(
        loader=PackageLoader("edgeattn.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rows = rows_of(report)
    model = report.get("model") or {}
    gates = (report.get("verdict") or {}).get("gates") or {}
    layers = layer_lines(report.get("layers") or ())
    return environment.get_template("card.html").render(
        name=str(model.get("name") or "unnamed model"),
        params=q.count(model.get("params")),
        macs=q.count(model.get("macs")),
        created=str(report.get("created") or ""),
        version=str(report.get("edgeattn_version") or ""),
        words=words_for(report),
        place=place(report),
        gates=_gates(gates),
        disturbed=disturbances(report),
        rows=rows,
        facts=[
            (heading, [row.cells[place][1] for row in rows])
            for place, (heading, _) in enumerate(rows[0].cells if rows else ())
        ],
        panels=[
            (
                "Latency",
                "median of one inference; whiskers to p90 and p99, or out of the chart",
                latency_lines(rows),
            )
            if not counts_instructions(report)
            else (
                "Instructions",
                "of one inference, in millions: an emulated clock, which says nothing about time",
                instruction_lines(rows),
            ),
            (
                "Change of accuracy",
                "against the source model, with its paired 95 % interval; "
                "left is worse, dotted is the gate",
                change_lines(rows, q.finite(gates.get("max_drop_pp"))),
            ),
            ("Accuracy", "share of right answers, 0 to 100 %", accuracy_lines(rows)),
            ("Size", "of the file", size_lines(rows)),
            ("Peak memory", "of a process that runs it alone", memory_lines(rows)),
        ],
        sustained=curves_of(report),
        operators=operators_of(report),
        searches=searches_of(report),
        remarks=[str(one) for one in report.get("remarks") or ()],
        layers=layers,
        first_layers=FIRST_LAYERS,
        layer_summary=precision_of_layers(layers),
        samples=_samples(assets.get("samples") or ()),
        calibration=_facts(assets.get("calibration") or report.get("calibration") or {}),
        context=_context(report.get("context") or {}),
        command=str(assets.get("command") or "edgeattn convert --config config.toml --out again"),
    )


def _gates(gates: Mapping[str, Any]) -> str:
    drop, speedup = q.finite(gates.get("max_drop_pp")), q.finite(gates.get("min_speedup"))
    said = (
        []
        if drop is None
        else [f"lose at most {drop:g} {'point' if drop == 1 else 'points'} of accuracy"]
    )
    said += [] if speedup is None else [f"be at least {q.times(speedup)} as fast as fp32"]
    return " and ".join(said)


def _facts(facts: object) -> list[tuple[str, str]]:
    """Return what a mapping says as (words, text); a nested value is left to the JSON file."""
    if not isinstance(facts, Mapping):
        return []
    return [
        (str(key).replace("_", " ").capitalize(), _text(value))
        for key, value in facts.items()
        if not isinstance(value, Mapping)
    ]


def _context(context: Mapping[str, Any]) -> list[tuple[str, str]]:
    lines = []
    for key, (words, unit) in _CONTEXT.items():
        if key in context:
            known = context[key] is not None
            text = processor(context[key]) if key == "cpu" else _text(context[key])
            lines.append((words, text + unit if known else q.NOT_MEASURED))
    return lines


def _text(value: object) -> str:
    if value is None:
        return q.NOT_MEASURED
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return q.digits(value) if q.finite(value) is not None else q.NOT_MEASURED
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return ", ".join(_text(one) for one in value) or "none"
    return str(value)


def _samples(samples: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the sample photos whose picture is really base64, ready to be shown."""
    shown = []
    for sample in samples:
        picture = str(sample.get("image_png_base64") or "")
        label = sample.get("label")
        answers = [
            {
                "who": who,
                "answer": _text(sample.get(f"{who}_prediction")),
                "confidence": q.finite(sample.get(f"{who}_confidence")),
                "right": None if label is None else sample.get(f"{who}_prediction") == label,
            }
            for who in ("float", "int8")
        ]
        for answer in answers:
            confidence = answer["confidence"]
            answer["confidence"] = "" if confidence is None else q.percent(confidence)
        shown.append(
            {
                "picture": picture if _BASE64.fullmatch(picture) else "",
                "label": "unlabelled" if label is None else str(label),
                "answers": answers,
            }
        )
    return shown
