"""What quantisation-aware training found: constants and ranges for a captured Program.

A Program is what a model's weights and its architecture make of each other, in a fixed way: the
same model gives the same operators with the same names. So the constants that training changed are
kept by the operator that reads them, `blocks_0_mlp_0_linear:1` for its second tensor, and are put
into the Program that the model's float weights give. Nothing is calibrated then, and no scale is
chosen again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, fx

from edgeattn_converters.calibrate import Ranges
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program, add_constant, constant, finish, is_constant
from edgeattn_converters.range_methods import Bounds
from edgeattn_converters.recipe import Recipe
from edgeattn_runtime.errors import BrokenModel

METHOD = "qat"  # in calibration.json
BIAS = 2  # its place in a layer that may lack one


@dataclass(frozen=True, eq=False)
class Trained:
    """Constants and ranges that were trained with fake quantisation.

    Attributes:
        constants: By place, as `places` names them.
        ranges: Those that were trained have the method "qat"; the others were seen behind them.
        policies: Names of the policies whose rounding was trained.
    """

    constants: Mapping[str, Tensor]
    ranges: Ranges
    policies: tuple[str, ...] = field(default=())

    def applied_to(self, program: Program) -> Program:
        """Return a copy of a model's Program with the trained constants.

        Raises:
            BrokenModel: They were trained for another one.
        """
        program = program.copy()
        nodes = {node.name: node for node in program.graph.nodes}
        known: dict[tuple[int, torch.Size], str] = {}  # what layers share stays one constant
        for place, value in self.constants.items():
            name, _, number = place.rpartition(":")
            if name not in nodes or not number.isdecimal():
                raise _strange(place, program)
            node, index = nodes[name], int(number)
            sources = node.all_input_nodes
            if index == BIAS and len(sources) == BIAS and kind(node) in HAS_WEIGHTS:
                wanted = constant(program, sources[1]).shape[:1]
            elif index < len(sources) and is_constant(sources[index]):
                wanted = constant(program, sources[index]).shape
            else:
                raise _strange(place, program)
            if value.shape != wanted or value.dtype != torch.float32:
                raise _strange(place, program)
            with program.graph.inserting_before(node):
                target = known.get((value.data_ptr(), value.shape))
                if target is None:
                    new = add_constant(program, f"{name}_trained_{index}", value)
                    known[value.data_ptr(), value.shape] = str(new.target)
                else:
                    new = program.graph.get_attr(target)
            if index < len(sources):
                node.replace_input_with(sources[index], new)
            else:
                node.args = (*node.args[:BIAS], new, *node.args[BIAS + 1 :])
        return finish(program)

    def fitting(self, recipe: Recipe) -> Recipe:
        """Return a recipe that changes no constant and no range behind the training's back."""
        return replace(
            recipe, bias_correction=False, centre_keys=False, equalise=False, smooth=False,
            calibration="minmax", weight_rounding="nearest",
        )  # fmt: skip

    def warning(self, policies: Iterable[Policy]) -> str | None:
        """Say so where a file is made for an engine whose rounding was not trained."""
        known = [POLICIES[name] for name in self.policies if name in POLICIES]
        strange = [
            one.name
            for one in policies
            if not any(replace(each, name=one.name) == one for each in known)
        ]
        if not strange:
            return None
        return (
            f"--qat trained for {' and '.join(self.policies)}, and {' and '.join(strange)} rounds "
            "otherwise; train with the --target that is converted for"
        )

    def to_plain(self) -> dict[str, Any]:
        """Return what a checkpoint holds: tensors and plain values."""
        return {
            "constants": dict(self.constants),
            "bounds": {name: list(pair) for name, pair in self.ranges.bounds.items()},
            "extremes": {name: list(pair) for name, pair in self.ranges.extremes.items()},
            "untrained": sorted(self.ranges.unclipped),
            "samples": list(self.ranges.samples),
            "policies": list(self.policies),
        }

    @classmethod
    def from_plain(cls, content: Any, where: str) -> Trained:
        """Return what `to_plain` gave.

        Raises:
            BrokenModel: It is something else, or holds what is no number.
        """
        try:
            constants = dict(content["constants"])
            bounds, extremes = (_pairs(content[part]) for part in ("bounds", "extremes"))
            untrained, samples, policies = (
                tuple(map(str, content[part])) for part in ("untrained", "samples", "policies")
            )
            finite = all(bool(torch.isfinite(value).all()) for value in constants.values())
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BrokenModel(
                f"{where}: what --qat trained is damaged ({type(error).__name__}: {error}); "
                "train again"
            ) from error
        if not finite:
            raise BrokenModel(f"{where}: weights trained with --qat hold NaN; train again")
        ranges = Ranges(bounds, METHOD, samples, extremes, frozenset(untrained))
        return cls(constants, ranges, policies)


def places(program: Program) -> Iterator[tuple[str, fx.Node]]:
    """Yield each place where an operator reads a float constant, and that constant.

    A place is the operator's name and the number of the tensor among those it reads.
    """
    for node in program.graph.nodes:
        if node.op != "call_function":
            continue
        for index, source in enumerate(node.all_input_nodes):
            if is_constant(source) and constant(program, source).is_floating_point():
                yield f"{node.name}:{index}", source


def _pairs(content: Any) -> dict[str, Bounds]:
    pairs = {}
    for name, (low, high) in content.items():
        if not float("-inf") < low <= high < float("inf"):
            raise ValueError(f"{name} has the range {low} to {high}")
        pairs[str(name)] = float(low), float(high)
    return pairs


def _strange(place: str, program: Program) -> BrokenModel:
    return BrokenModel(
        f"--qat trained a weight for {place}, and {program.name} has no such weight there; "
        "the checkpoint is damaged or from another version: train again"
    )
