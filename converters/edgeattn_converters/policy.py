"""What a policy says: the operators an engine runs fast in int8, each with its evidence.

A policy knows engines and CPU features, not boards. The recipe says what the user wants; the
policy says what pays. Every refusal carries the reason that the report prints. The policies
themselves are in policies/, one file per engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from edgeattn_converters.program import Program

Specialise = tuple[Callable[[Program], Program], ...]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What one engine on one class of CPU runs fast.

    Attributes:
        name: As `--target` and reports say it.
        format: "onnx" or "tflite".
        int8: Kinds of operators (operator_kind.py) with an int8 kernel that wins.
        dynamic: Kinds with a kernel that quantises its activation as it runs: float in, float out.
        four_bits: Those of them whose kernel also takes weights of 4 bits.
        per_row: Such a kernel takes one scale per row, not one per tensor.
        linears: How Linears may run, those worth measuring: "static", "dynamic".
        follows: Kinds that are int8 only between int8 neighbours, where it saves a conversion.
        siblings: Kinds that follow as well where the attention core is fused, since the library
            that computes the core computes them too: kind -> why.
        float_result: Kinds that may hand a float result on without rounding it to int8 first.
        symmetric_right: Matrix products need zero-point 0 on the right operand.
        signed_right: Such an operand stays signed where every other activation is unsigned.
        weight_levels: 127, or 63 where u8 x s8 products saturate.
        cores: Variants of the attention core worth measuring, as in Recipe.core.
        operators: How an ONNX file names integer work: "named" (QLinearConv, QGemm, QAttention:
            ONNX Runtime's own kernels) or "qdq" (standard operators between QuantizeLinear and
            DequantizeLinear, for engines that fuse the pairs themselves), or "qdq-unsigned" (the
            same with uint8 activations).
        pairs_at: "results" puts Q/DQ behind what an operator computes, "operands" before what an
            int8 operator reads and nowhere else, so that results stay float until someone asks.
        symmetric: Every activation has zero-point 0, the softmax's result included.
        weight_group: Weights alone become int8, one step for so many neighbours of a Linear's
            inputs; None quantises activations, too.
        longest_core: Tokens beyond which the attention core stays float; None is no limit.
        elsewhere: The engine is none of those that this package runs: its file's numbers are
            checked on the CPU engine of the format, its speed reads unmeasured.
        float_form: Rewrites for the fp32 file.
        int8_form: Rewrites before quantisation.
        core_form: The same for a recipe that wants QK' or PV in int8, where a fused attention has
            to stay apart; None is int8_form.
        fused_form: The same for a recipe that wants the whole core as one operator of integers;
            None where the engine takes no such operator.
        reasons: Kind -> why it is int8 or stays float.
    """

    name: str
    format: str
    int8: frozenset[str]
    dynamic: frozenset[str] = frozenset()
    four_bits: frozenset[str] = frozenset()
    per_row: bool = False
    linears: tuple[str, ...] = ("static",)
    follows: frozenset[str] = frozenset()
    siblings: Mapping[str, str] = field(default_factory=dict)
    float_result: frozenset[str] = frozenset()
    symmetric_right: bool = False
    signed_right: bool = False
    weight_levels: int = 127
    cores: tuple[str, ...] = ("float",)
    operators: str = "named"
    pairs_at: str = "results"
    symmetric: bool = False
    weight_group: int | None = None
    longest_core: int | None = None
    elsewhere: bool = False
    float_form: Specialise = ()
    int8_form: Specialise = ()
    core_form: Specialise | None = None
    fused_form: Specialise | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)

    def with_kernels(self) -> Policy:
        """Return the policy where edgeattn-kernels is at hand: a fused core is worth measuring."""
        if self.fused_form is None or "fused" in self.cores:
            return self
        return replace(self, cores=(*self.cores, "fused"))

    def with_siblings(self) -> Policy:
        """Return the policy for a program whose attention core is fused."""
        follows, reasons = self.follows | self.siblings.keys(), {**self.reasons, **self.siblings}
        return replace(self, follows=follows, reasons=reasons) if self.siblings else self

    def form_for(self, core: str) -> Specialise:
        """Return the rewrites before quantisation for one of recipe.CORES."""
        if core == "fused" and self.fused_form is not None:
            return self.fused_form
        if core in ("int8", "scores") and self.core_form is not None:
            return self.core_form
        return self.int8_form
