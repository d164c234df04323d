"""What a policy says: the operators an engine runs fast in int8, each with its evidence.

A policy knows engines and CPU features, not boards. The recipe says what the user wants; the
policy says what pays. Every refusal carries the reason that the report prints. The policies
themselves are in policies/, one file per engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edgeattn_converters.program import Program

Specialise = tuple[Callable[[Program], Program], ...]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What one engine on one class of CPU runs fast.

    Attributes:
        name: As `--target` and reports say it.
        format: "onnx" or "tflite".
        int8: Kinds of operators (operator_kind.py) with an int8 kernel that wins.
        follows: Kinds that are int8 only between int8 neighbours, where it saves a conversion.
        float_result: Kinds that may hand a float result on without rounding it to int8 first.
        symmetric_right: Matrix products need zero-point 0 on the right operand.
        weight_levels: 127, or 63 where u8 x s8 products saturate.
        cores: Variants of the attention core worth measuring, as in Recipe.core.
        float_form: Rewrites for the fp32 file.
        int8_form: Rewrites before quantisation.
        reasons: Kind -> why it is int8 or stays float.
    """

    name: str
    format: str
    int8: frozenset[str]
    follows: frozenset[str] = frozenset()
    float_result: frozenset[str] = frozenset()
    symmetric_right: bool = False
    weight_levels: int = 127
    cores: tuple[str, ...] = ("float",)
    float_form: Specialise = ()
    int8_form: Specialise = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
