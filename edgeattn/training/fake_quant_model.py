"""A Program that can be trained while it rounds as its quantised twin does.

    float Program -> quantize() -> thawed(): every rounding passes gradients, weights are parameters
                                -> frozen(): constants and ranges, which quantize() takes again

What is rounded, and where, is what `quantize` decides, so nothing here can differ from the files.
BatchNorms are folded before, with the statistics that float training left; what was trained apart
as weight and norm is one weight now.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable

from torch import Tensor, fx, nn

from edgeattn.training.fake_quant import (
    FakeActivation,
    FakeParameters,
    LearnedRange,
    fake_dynamic,
)
from edgeattn.training.fake_quantised import FakeQuantised
from edgeattn_converters.calibrate import Ranges
from edgeattn_converters.evidence import batch_of
from edgeattn_converters.operands import tensor
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.operators import E
from edgeattn_converters.passes.channel_walk import parameters
from edgeattn_converters.placement import place, root, tail
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program, constant, is_constant
from edgeattn_converters.quantize import DEQUANTIZE, DEQUANTIZE_CHANNELS, quantize, range_name
from edgeattn_converters.recipe import Recipe
from edgeattn_converters.right_operands import right_operands
from edgeattn_converters.scale import FOUR_BIT_LEVELS
from edgeattn_converters.trained import BIAS


def thawed(
    program: Program,
    ranges: Ranges,
    recipe: Recipe,
    policy: Policy,
    wanted: Iterable[str],
    repeated: Iterable[str] = (),
) -> FakeQuantised:
    """Return a Program with fake quantisation where `quantize` would quantise it.

    Args:
        program: Float, with the batch of a training step; left untouched.
        ranges: Where the ranges begin.
        recipe: What shall run in int8.
        policy: On which engine.
        wanted: Places of the constants to train.
        repeated: Those of them that are the same [1, ...] for each sample of the batch.
    """
    return _Thaw(program, ranges, recipe, policy, frozenset(wanted), frozenset(repeated)).run()


class _Thaw:
    """One Program on its way: the float graph says what a value is, the quantised one what is done.

    Both have the same names.
    """

    def __init__(
        self,
        program: Program,
        ranges: Ranges,
        recipe: Recipe,
        policy: Policy,
        wanted: frozenset[str],
        repeated: frozenset[str],
    ) -> None:
        self.program, self.ranges, self.policy = program, ranges, policy
        self.wanted, self.repeated = wanted, repeated
        self.floats = {node.name: node for node in program.graph.nodes}
        decided = place(program, recipe, policy)
        self.precision = {node: decision.precision for node, decision in decided.items()}
        int8 = {node for node, precision in self.precision.items() if precision == "int8"}
        self.centred = right_operands(int8) if policy.symmetric_right else set()
        self.module = quantize(program, ranges, recipe, policy).program.graph_module
        self.activations: dict[fx.Node, FakeActivation] = {}  # by the float node they round
        self.layers: dict[fx.Node, FakeParameters] = {}
        self.names: dict[str, str] = {}

    def run(self) -> FakeQuantised:
        graph = self.module.graph
        for node in list(graph.nodes):
            if node.target is DEQUANTIZE:
                self._thaw_activation(node)
            elif node.target is E.dynamic_int8.default:
                node.target = fake_dynamic
            elif node.name in self.floats and self._is_rounded(node):
                self._thaw_layer(node)
        self._make_room()
        for node in list(graph.nodes):
            if node.name in self.floats and node.op == "call_function":
                self._thaw_constants(node)
        graph.eliminate_dead_code()
        used = {str(node.target) for node in graph.nodes if node.op == "get_attr"}
        for name in [name for name, _ in self.module.named_buffers(recurse=False)]:
            if name not in used:
                delattr(self.module, name)
        self.module.recompile()
        learned = {
            range_name(value): one.learned[0]
            for value, one in self.activations.items()
            if one.is_learned
        }
        return FakeQuantised(self.module, batch_of(self.program), self.names, learned)

    def _is_rounded(self, node: fx.Node) -> bool:
        return kind(node) in HAS_WEIGHTS and tensor(node, 1).target is DEQUANTIZE_CHANNELS

    def _thaw_activation(self, real: fx.Node) -> None:
        """Turn a quantize and its dequantize into one module that passes gradients."""
        value = tensor(tensor(real, 0), 0)
        path = f"{value.name}_rounding"
        self.module.add_module(path, self._activation(root(self.floats[value.name])))
        with real.graph.inserting_before(real):
            rounded = real.graph.call_module(path, (value,))
        rounded.meta = dict(real.meta)
        real.replace_all_uses_with(rounded)

    def _activation(self, value: fx.Node) -> FakeActivation:
        """Return what rounds a value, made once for all its views."""
        if value not in self.activations:
            self.activations[value] = FakeActivation(
                kind(value),
                LearnedRange(self.ranges.bounds[range_name(value)]),
                centred=self.policy.symmetric or value in self.centred,
                symmetric=self.policy.symmetric,
            )
        return self.activations[value]

    def _thaw_layer(self, node: fx.Node) -> None:
        """Let a layer read its float parameters through what rounds them."""
        original = self.floats[node.name]
        static = self.precision[original] == "int8"
        four = self.precision[original] == "w4"
        self.layers[original] = FakeParameters(
            FOUR_BIT_LEVELS if four else self.policy.weight_levels,
            self._activation(root(tensor(original, 0))) if static else None,
        )
        path, graph = f"{node.name}_parameters", node.graph
        self.module.add_module(path, self.layers[original])
        trained = f"{node.name}:1" in self.wanted
        values = parameters(self.program, original)
        sources = [*original.all_input_nodes[1:], None][:BIAS]  # a bias may be missing
        with graph.inserting_before(node):
            stored = tuple(
                graph.get_attr(self._stored(f"{node.name}:{index}", source, value, trained))
                for index, (source, value) in enumerate(zip(sources, values, strict=True), start=1)
            )
            both = graph.call_module(path, stored)
            parts = (graph.call_function(operator.getitem, (both, index)) for index in (0, 1))
            node.args = (node.args[0], *parts, *node.args[3:])

    def _thaw_constants(self, node: fx.Node) -> None:
        """Make parameters of what a float operator reads: norms, positions, embeddings."""
        original = self.floats[node.name]
        for index, source in enumerate(original.all_input_nodes):
            name = f"{node.name}:{index}"
            if name not in self.wanted or name in self.names or not is_constant(source):
                continue
            whole = constant(self.program, source)
            value = whole[:1] if name in self.repeated else whole
            with node.graph.inserting_before(node):
                stored = node.graph.get_attr(self._stored(name, source, value, trained=True))
                if name in self.repeated:
                    stored = node.graph.call_method("expand", (stored, *whole.shape))
            node.replace_input_with(node.all_input_nodes[index], stored)

    def _stored(self, name: str, source: fx.Node | None, value: Tensor, trained: bool) -> str:
        """Store a constant as a parameter, or as it was; shared ones once. Return its name."""
        own = name.replace(":", "_") if source is None else str(source.target)
        own = f"{own}_{'trained' if trained else 'kept'}"
        if not hasattr(self.module, own):
            if trained:
                self.module.register_parameter(own, nn.Parameter(value.clone()))
            else:
                self.module.register_buffer(own, value)
        if trained:
            self.names[name] = own
        return own

    def _make_room(self) -> None:
        """Tell what rounds a result which steps its accumulator has; see quantize."""
        for node, precision in self.precision.items():
            result = self.activations.get(tail(node))
            if precision != "int8" or result is None:
                continue
            if kind(node) in HAS_WEIGHTS:
                self.layers[node].result = (result,)
            elif kind(node) == "matmul":
                left, right = (self._activation(root(tensor(node, place))) for place in (0, 1))
                result.factors = left, right
