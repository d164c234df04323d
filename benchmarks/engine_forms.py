"""Which form of an operator does each engine run fastest? The evidence behind policy.py.

    python -m benchmarks.engine_forms [--quick]

Writes docs/measurements/engine-forms.md and .json.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks import (
    onnx_attention,
    onnx_attention_forms,
    onnx_choices,
    onnx_linears,
    onnx_operators,
    tflite_layers,
    tflite_operators,
    tflite_rewrites,
)
from benchmarks.measuring import Effort, Timing, compare_files
from benchmarks.record import Page, Table, effort_of, parse, write
from edgeattn_runtime.kernels import OFF, SWITCH
from edgeattn_runtime.machine import context

Files = dict[str, bytes]
Make = Callable[[], Files]

BLOCKS = ((64, 128, 4), (256, 64, 2), (196, 192, 3))  # tokens, width, heads
CORES = ((64, 128, 4), (197, 192, 3), (128, 256, 4), (784, 128, 4))
LONG = (784, 128, 4)
LINEARS = ((64, 128), (197, 192), (256, 64))  # tokens, width
NORMED = ((64, 128), (128, 256))
SCORES = ((4, 64), (3, 196), (2, 256))  # heads, tokens
HIDDEN = ((1, 64, 512), (1, 256, 256))  # inside an MLP: [1, tokens, width]
RESIDUAL = ((1, 64, 128), (1, 256, 64))

LEAD = """\
One thread; the forms of one row of questions ran in turn in one process, on random numbers. Each \
cell is the median in microseconds and, in brackets, how many times as fast as the first row that \
is (above 1 is faster). Read ratios, not microseconds; a dash means that the form does not exist \
there. The JSON beside this page holds the 95 % intervals."""


def block_name(tokens: int, width: int, heads: int) -> str:
    """Return a column's head."""
    return f"{tokens} tokens x {width}, {heads} heads"


def onnxruntime_questions() -> dict[str, tuple[str, dict[str, Make]]]:
    """Return title -> (note, column -> forms)."""
    return {
        "ONNX Runtime: attention block": (
            f"{onnx_attention.DEPTH} blocks in a row without LayerNorm.",
            {block_name(*size): _bound(onnx_attention.forms, *size) for size in BLOCKS},
        ),
        "ONNX Runtime: attention core": (
            "One block without LayerNorm; the forms differ in the core and its projections alone.",
            {block_name(*size): _bound(onnx_attention_forms.core_forms, *size) for size in CORES},
        ),
        "ONNX Runtime: Linear between float neighbours": (
            f"One that widens {onnx_linears.WIDER} times; float in, float out.",
            {
                f"{tokens} x {width}": _bound(onnx_linears.linear_forms, tokens, width)
                for tokens, width in LINEARS
            },
        ),
        "ONNX Runtime: a sum before a LayerNorm": (
            f"{onnx_choices.DEPTH} in a row, float; Add becomes SkipLayerNormalization.",
            {
                f"{rows} x {width}": _bound(onnx_choices.norm_sum_forms, rows, width)
                for rows, width in NORMED
            },
        ),
        "ONNX Runtime: gates between int8 neighbours": (
            f"{onnx_choices.DEPTH} in a row; compare the two rows of one gate.",
            {
                f"{tokens} x {width}": _bound(onnx_choices.gate_forms, tokens, width)
                for _, tokens, width in HIDDEN
            },
        ),
        "ONNX Runtime: convolution": (
            f"{onnx_operators.DEPTH} in a row; u8 and s8 are the activations.",
            {
                one.name: _bound(onnx_operators.convolution_forms, one)
                for one in onnx_operators.CONVOLUTIONS
            },
        ),
        "ONNX Runtime: softmax": (
            "Over float scores; both int8 forms pay for Q/DQ, the last row alone shows how much.",
            {
                f"{heads} x {tokens} x {tokens}": _bound(
                    onnx_operators.softmax_forms, heads, tokens
                )
                for heads, tokens in SCORES
            },
        ),
    }


def litert_questions() -> dict[str, tuple[str, dict[str, Make]]]:
    """Return title -> (note, column -> forms)."""
    layers, operators = tflite_layers, tflite_operators
    found: dict[str, tuple[str, dict[str, Make]]] = {
        "LiteRT: self-attention with its projections": (
            "As EdgeAttn writes it; the variants differ in the core alone.",
            {
                block_name(tokens, width, heads): _bound(
                    layers.written, _bound(layers.Attention, width, heads), (1, tokens, width)
                )
                for tokens, width, heads in BLOCKS
            },
        ),
        "LiteRT: layers with weights": (
            "As EdgeAttn writes them, four in a row (Linears: two, four times as wide between).",
            {
                "Linear, 64 x 128": _bound(
                    layers.written, _bound(layers.linears, 128), (1, 64, 128)
                ),
                "3x3, 16x16x64": _bound(
                    layers.written, _bound(layers.convolutions, 64, 3), (1, 64, 16, 16)
                ),
                "1x1, 16x16x128": _bound(
                    layers.written, _bound(layers.convolutions, 128, 1), (1, 128, 16, 16)
                ),
                "depthwise 3x3, 16x16x256": _bound(
                    layers.written, _bound(layers.convolutions, 256, 3, 256), (1, 256, 16, 16)
                ),
                "x + Linear(LayerNorm(x)), 64 x 128": _bound(
                    layers.written, _bound(layers.NormedSum, 128), (1, 64, 128)
                ),
            },
        ),
        "LiteRT: Linear": (
            "Two, four times as wide between; ReLU between.",
            {
                f"{tokens} x {width}": _bound(layers.linear_forms, tokens, width)
                for tokens, width in (*LINEARS, (1, 192))
            },
        ),
        "LiteRT: long attention with and without rewrites": (
            "As EdgeAttn writes it; tile_attention and keys_by_row left out one after the other.",
            {block_name(*LONG): _bound(tflite_rewrites.rewrite_forms, *LONG)},
        ),
        "LiteRT: inverted residual": (
            "Widen 4 times, depthwise 3x3, narrow; the last row keeps the depthwise one float.",
            {
                f"16x16x64, stride {stride}": _bound(layers.depthwise_forms, 64, 16, stride)
                for stride in (1, 2)
            },
        ),
        "LiteRT: LayerNorm with and without scale and shift": (
            "Four in a row, float; fold_norm_affine moves scale and shift into the next Linear.",
            {f"{rows} x {width}": _bound(norm_forms, rows, width) for _, rows, width in RESIDUAL},
        ),
        "LiteRT: the product of two activations": (
            "q k' alone, heads apart.",
            {
                f"{heads} x {tokens} x {tokens}": _bound(operators.product_forms, heads, tokens, 32)
                for heads, tokens in SCORES
            },
        ),
        "LiteRT: softmax": (
            "Over scores that are float or int8 already.",
            {
                f"{heads} x {tokens} x {tokens}": _bound(operators.softmax_forms, heads, tokens)
                for heads, tokens in SCORES
            },
        ),
    }
    for name, make in operators.UNARY.items():
        shapes = RESIDUAL if name == "ADD" else HIDDEN
        found[f"LiteRT: {name}"] = (
            "",
            {
                f"{tokens} x {width}": _bound(make, (1, tokens, width))
                for _, tokens, width in shapes
            },
        )
    return found


def norm_forms(tokens: int, width: int) -> Files:
    """Return four LayerNorms with and without scale and shift."""
    shape = (1, tokens, width)
    return {
        name: tflite_layers.float_file(_bound(tflite_layers.norms, width, affine=affine), shape)
        for name, affine in (("with", True), ("without", False))
    }


def measured(columns: Mapping[str, Make], effort: Effort) -> dict[str, dict[str, Timing]]:
    """Return column -> form -> timing."""
    return {column: compare_files(make(), effort) for column, make in columns.items()}


def table(title: str, note: str, found: Mapping[str, Mapping[str, Timing]]) -> Table:
    """Return one question's table, a form per row."""
    rows: dict[str, None] = {}
    for timings in found.values():
        rows |= dict.fromkeys(timings)
    return Table(
        title,
        ("form", *found),
        tuple((form, *(cell(timings.get(form)) for timings in found.values())) for form in rows),
        note,
    )


def cell(timing: Timing | None) -> str:
    """Return microseconds and the ratio to the first form."""
    if timing is None:
        return "-"
    return f"{1000 * timing.latency_ms.p50:.1f} ({timing.speedup.ratio:.2f}x)"


def _bound(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[[], Any]:
    return lambda: function(*args, **kwargs)


def main() -> None:
    options = parse("engine_forms", __doc__)
    os.environ[SWITCH] = OFF  # the engines alone, whatever else is installed
    effort, before = effort_of(options), context(threads=1)
    tables, data = [], {}
    for title, (note, columns) in {**onnxruntime_questions(), **litert_questions()}.items():
        found = measured(columns, effort)
        tables.append(table(title, note, found))
        data[title] = {
            column: {form: timing.to_json() for form, timing in timings.items()}
            for column, timings in found.items()
        }
    page = Page(
        name="engine-forms",
        title="Which form each engine runs fastest",
        lead=LEAD,
        tables=tuple(tables),
        data={"questions": data},
    )
    write(page, folder=options.out, effort=effort, before=before, module="engine_forms")


if __name__ == "__main__":
    main()
