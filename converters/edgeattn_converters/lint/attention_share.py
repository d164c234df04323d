"""Many tokens: the attention core gains little in int8, so its share bounds the speed-up.

Amdahl: with a share s of the work that gets g times as fast, and the rest r times as fast, the
whole gets 1 / (s / g + (1 - s) / r) times as fast.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import fx

from edgeattn_converters.cost import parts
from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.operator_kind import COUNTED, kind
from edgeattn_converters.placement import weighs_values
from edgeattn_converters.program import shape

REST = 2.2  # int8 over fp32 of convolutions and Linears, the low end of what was measured
CORE = {"float": 1.0, "int8": 1.5}  # of QK' and PV: float, and the low end of what was measured
WORTH_SAYING, WORTH_A_WARNING = 0.25, 0.40  # of the multiply-accumulates

ATTENTION_SHARE = Rule(
    name="attention-share",
    severity="warning",
    finds="QK' and PV take more than a quarter of the multiply-accumulates.",
    why="products of two activations gain nothing in int8 on ONNX Runtime and 1.5-1.6x on LiteRT, "
    "where convolutions and Linears gain 2.2-4.0x, so their share bounds the whole (Amdahl's law); "
    "the softmax between them stays float.",
    remedy="attend over fewer tokens (a stride more before the attention, or pooling), or with "
    "fewer heads: the softmax takes heads x tokens^2 exponentials",
    evidence=("docs/measurements/engine-forms.md",),
)


def attention_share(subject: Subject) -> Iterator[Finding]:
    """Yield, per policy, what the attention core leaves of the speed-up, where it is large."""
    core = [node for node in calls(subject.program) if _in_core(node)]
    share = sum(map(_macs, core)) / max(1, sum(map(_macs, calls(subject.program))))
    if not core or share < WORTH_SAYING:
        return
    largest = max((node for node in core if weighs_values(node)), key=_macs, default=core[0])
    tokens = shape(largest)[-2]
    for target in subject.targets:
        gain = CORE["int8" if "int8" in target.policy.cores else "float"]
        bound = 1 / (share / gain + (1 - share) / REST)
        yield ATTENTION_SHARE.finding(
            severity="warning" if share >= WORTH_A_WARNING else "info",
            op="attention core",
            layer=place_of(largest),
            why=f"{share:.0%} of the multiply-accumulates are QK' and PV ({tokens} tokens at the "
            f"largest), which get {gain:g}x as fast on {target.policy.name}: with {REST:g}x for "
            f"the rest, int8 makes the whole model about {bound:.2f}x as fast, less the softmax "
            "(an estimate by Amdahl's law)",
        )


def _in_core(node: fx.Node) -> bool:
    """Tell whether a node is QK' or PV: both operands computed."""
    return kind(node) == "matmul" and all(arg.op != "get_attr" for arg in node.all_input_nodes)


def _macs(node: fx.Node) -> int:
    return sum(cost.macs for cost in parts(node)) if kind(node) in COUNTED else 0
