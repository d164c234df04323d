import pytest
import torch
from torch import nn

from edgeattn_converters.operator_kind import kind
from edgeattn_converters.placement import place, readers, root, source, tail, weighs_values
from edgeattn_converters.recipe import FLOAT, RECIPES, Recipe
from tests.converters.quantised import INT8, LITERT, VNNI, exact, program_of


def decisions(name, policy, recipe=INT8):
    return {d.name: d for d in place(exact(name, policy), recipe, policy).values()}


def int8_kinds(name, policy, recipe=INT8):
    return {d.kind for d in decisions(name, policy, recipe).values() if d.int8}


def test_products_with_weights_are_int8_and_norms_are_not():
    found = decisions("vit", VNNI)
    by_kind = {decision.kind: decision for decision in found.values()}
    assert by_kind["conv"].int8
    assert by_kind["linear"].int8
    assert not by_kind["layer_norm"].int8
    assert "no int8 kernel" in by_kind["layer_norm"].reason


def test_every_decision_has_a_reason():
    for policy in (VNNI, LITERT):
        for name in ("vit", "hybrid", "bert, additive mask", "squeeze and excite", "residual"):
            assert all(decision.reason for decision in decisions(name, policy).values())


@pytest.mark.parametrize(("core", "products"), [("int8", 2), ("scores", 1), ("float", 0)])
def test_the_recipe_says_which_products_of_the_core_are_int8(core, products):
    found = decisions("vit", LITERT, Recipe(name="test", core=core)).values()
    assert sum(decision.int8 for decision in found if decision.kind == "matmul") == products


def test_onnx_runtime_multiplies_activations_in_int8_where_the_recipe_asks_for_it():
    assert "matmul" in int8_kinds("swin", VNNI, RECIPES["int8-core"])
    assert "matmul" not in int8_kinds("swin", VNNI, Recipe(name="test", core="float"))


def test_an_answer_is_rounded_nowhere():
    """Calibration cannot know the largest logit to come: neither engine writes it in int8."""
    for name, policy in (("hybrid", LITERT), ("vit", LITERT), ("vit", VNNI)):
        head = list(d for d in decisions(name, policy).values() if d.kind in ("gemm", "linear"))[-1]
        wanted = "dynamic" if policy is LITERT else "int8"  # whose kernel hands on float
        assert head.precision == wanted, head


def test_a_sum_follows_an_int8_reader_only():
    class Sums(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = (nn.Linear(8, 8) for _ in range(3))
            self.norm = nn.LayerNorm(8)

        def forward(self, x):
            before_norm = self.norm(self.a(x) + self.b(x))
            before_linear = self.c(self.a(x) + self.b(before_norm))
            return before_linear

    program = program_of(Sums(), torch.zeros(1, 4, 8))
    sums = [d for d in place(program, INT8, VNNI).values() if d.kind == "add"]
    assert [decision.int8 for decision in sums] == [False, True]
    assert sums[0].reason.endswith("no int8 neighbour here")


def test_a_chain_of_followers_without_anything_int8_at_its_end_stays_float():
    program = program_of(lambda x: (x + x + x).mean(1), torch.zeros(1, 4, 8))
    assert not any(d.int8 for d in place(program, INT8, LITERT).values())


def test_a_sum_that_scales_an_operand_stays_float():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 8)

        def forward(self, x):
            return self.b(torch.add(x, self.a(x), alpha=2))

    program = program_of(Scaled(), torch.zeros(1, 4, 8))
    (total,) = [d for d in place(program, INT8, VNNI).values() if d.kind == "add"]
    assert not total.int8
    assert "scales one of its operands" in total.reason


def test_a_sum_with_a_constant_stays_float():
    found = decisions("vit", LITERT).values()
    assert any("operands is a constant" in d.reason for d in found if d.kind == "add")


def test_whole_numbers_are_not_quantised():
    class Shifted(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(9, 8)

        def forward(self, ids):
            return self.words(ids + ids)

    program = program_of(Shifted(), torch.zeros(1, 4, dtype=torch.int64))
    (total,) = [d for d in place(program, INT8, LITERT).values() if d.kind == "add"]
    assert not total.int8
    assert "whole numbers" in total.reason


def test_a_computed_weight_stays_float():
    program = program_of(lambda x: nn.functional.linear(x, x[0]), torch.zeros(1, 8, 8))
    (product,) = [d for d in place(program, INT8, VNNI).values() if d.kind == "linear"]
    assert (product.int8, product.reason) == (False, "its weight is computed, not constant")


def test_a_layer_of_the_recipe_stays_float_by_layer_or_by_tensor_name():
    for pattern in ("block.mlp.*", "block_mlp_0_linear"):
        recipe = Recipe(name="gentle", core="int8", keep_float=(pattern,))
        found = decisions("vit", VNNI, recipe)["block_mlp_0_linear"]
        assert not found.int8
        assert found.reason == f"kept float by the recipe ({pattern})"
    assert decisions("vit", VNNI)["block_mlp_0_linear"].int8


def test_a_float_recipe_places_nothing():
    assert int8_kinds("vit", VNNI, FLOAT) == set()


def test_a_relu_of_its_own_belongs_to_the_operator_before_it():
    class Activated(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 8)

        def forward(self, x):
            shared = self.a(x)
            return self.b(shared.relu().reshape(1, 2, 2, 8)) + shared.reshape(1, 2, 2, 8)

    program = program_of(Activated(), torch.zeros(1, 4, 8))
    nodes = {node.name: node for node in program.graph.nodes}
    view = next(node for node in nodes["relu"].users if kind(node) == "layout")
    assert tail(nodes["a_linear"]) is nodes["a_linear"]  # two readers: the ReLU stands alone
    assert root(view) is nodes["relu"]
    assert source(view) is nodes["relu"]
    assert nodes["b_linear"] in set(readers(nodes["relu"]))


def test_the_product_of_a_softmax_weighs_values():
    program = exact("vit", LITERT)
    products = [node for node in program.graph.nodes if kind(node) == "matmul"]
    assert [weighs_values(node) for node in products] == [False, True]
