import pytest
import torch
from torch import nn

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.program import constant
from edgeattn_converters.quantize import (
    DEQUANTIZE,
    DEQUANTIZE_CHANNELS,
    QUANTIZE,
    quantize,
)
from edgeattn_converters.recipe import FLOAT, Recipe
from edgeattn_runtime.errors import CannotConvert
from tests.converters.programs import rewritten
from tests.converters.quantised import (
    HERE,
    INT8,
    LITERT,
    NO_VNNI,
    VNNI,
    answers,
    decibels,
    exact,
    lower,
    noise,
    program_of,
    quantised,
    ranges_of,
    simulated,
)

RELU, GELU = "hybrid", "vit"  # ReLU with batch norms, GELU with LayerNorms


@pytest.mark.parametrize("name", [RELU, GELU])
@pytest.mark.parametrize(
    ("policy", "core"),
    [(HERE, "float"), (LITERT, "int8"), (LITERT, "scores"), (LITERT, "float")],
    ids=["onnx", "litert-int8", "litert-scores", "litert-float"],
)
def test_the_engine_errs_less_than_quantising_did(name, policy, core):
    program = quantised(name, policy.name, core).program
    samples = noise(program, 4)
    exact_answers, promised = (simulated(p, samples) for p in (rewritten(name), program))
    found = answers(lower(program, policy), program, samples)
    assert decibels(promised, found) >= max(30, decibels(exact_answers, promised))


@pytest.mark.parametrize("name", [RELU, GELU, "bert, additive mask", "swin", "residual"])
@pytest.mark.parametrize("policy", [VNNI, NO_VNNI, LITERT], ids=lambda policy: policy.name)
def test_quantising_keeps_thirty_decibels(name, policy):
    program = quantised(name, policy.name).program
    samples = noise(program, 4)
    assert decibels(simulated(rewritten(name), samples), simulated(program, samples)) >= 30


def test_the_input_is_left_untouched():
    program = exact(RELU, VNNI)
    before = str(program.graph)
    quantize(program, ranges_of(RELU), INT8, VNNI)
    assert str(program.graph) == before


def test_a_float_recipe_changes_nothing():
    program = exact(RELU, VNNI)
    assert str(quantize(program, ranges_of(RELU), FLOAT, VNNI).program.graph) == str(program.graph)


def _scales(name, policy):
    return {
        str(node.args[0]): node.args[1:3]
        for node in quantised(name, policy.name).program.graph.nodes
        if node.target is QUANTIZE
    }


def _weight_scales(name, policy):
    program = quantised(name, policy.name).program
    return {
        str(node.args[0]): constant(program, node.args[1]).tolist()
        for node in program.graph.nodes
        if node.target is DEQUANTIZE_CHANNELS
    }


@pytest.mark.parametrize("name", [RELU, GELU])
def test_both_formats_carry_the_same_scales_for_the_same_tensors(name):
    onnx, tflite = _scales(name, VNNI), _scales(name, LITERT)
    shared = onnx.keys() & tflite.keys()
    assert len(shared) >= 3
    differing = {tensor for tensor in shared if onnx[tensor] != tflite[tensor]}
    # LiteRT alone wants zero-point 0 on the right of a product; nothing else may differ.
    assert all(tflite[tensor][1] == 0 for tensor in differing)
    assert len(differing) <= 2
    onnx_weights, tflite_weights = _weight_scales(name, VNNI), _weight_scales(name, LITERT)
    both = onnx_weights.keys() & tflite_weights.keys()
    assert len(both) >= 2
    assert all(onnx_weights[weight] == tflite_weights[weight] for weight in both)


@pytest.mark.parametrize("name", [RELU, GELU, "bert, additive mask"])
def test_without_vnni_weights_stay_within_63_levels(name):
    program = quantised(name, NO_VNNI.name).program
    weights = [
        constant(program, node.args[0])
        for node in program.graph.nodes
        if node.target is DEQUANTIZE_CHANNELS
    ]
    assert weights
    for weight in weights:
        assert int(weight.abs().max()) == 63
        # vpmaddubsw: two neighbouring u8 x s8 products in int16, at the largest activation.
        pairs = weight.int().flatten(1)
        pairs = pairs[:, : pairs.shape[1] // 2 * 2].unflatten(1, (-1, 2)).abs().sum(-1)
        assert int(pairs.max()) * 255 <= 2**15 - 1


def test_every_operator_in_int8_reads_and_writes_integers():
    found = quantised(RELU, LITERT.name)
    nodes = {node.name: node for node in found.program.graph.nodes}
    for decision in found.decisions:
        if decision.precision != "int8":
            continue
        node = nodes[decision.name]
        assert node.args[0].target is DEQUANTIZE, decision
        readers = list(node.users)
        if len(readers) == 1 and kind(readers[0]) == "relu":
            readers = list(readers[0].users)
        assert [reader.target for reader in readers] == [QUANTIZE], decision


def test_a_view_between_int8_operators_keeps_the_scale():
    program = quantised(RELU, LITERT.name).program
    views = [
        node
        for node in program.graph.nodes
        if kind(node) == "layout"
        and node.args[0].target is DEQUANTIZE
        and any(user.target is QUANTIZE for user in node.users)
    ]
    assert views
    for view in views:
        (quantise,) = view.users
        assert quantise.args[1:3] == view.args[0].args[1:3]


def test_right_operands_have_zero_point_0_on_litert():
    program = quantised(GELU, LITERT.name).program
    products = [node for node in program.graph.nodes if kind(node) == "matmul"]
    assert len(products) == 2
    for product in products:
        right = product.args[1]
        while kind(right) == "layout":
            right = right.args[0]
        assert right.target is DEQUANTIZE
        assert right.args[2] == 0


def test_probabilities_may_grow_to_twice_what_calibration_saw_but_not_beyond_one():
    program = quantised(GELU, LITERT.name).program
    softmax = next(node for node in program.graph.nodes if kind(node) == "softmax")
    (rounded,) = softmax.users
    largest = ranges_of(GELU).bounds[softmax.name][1]
    scale, zero_point = rounded.args[1:3]
    assert zero_point == -128
    assert scale * 255 == pytest.approx(min(1.0, 2 * largest), rel=1e-6)


def test_a_dynamic_linear_keeps_float_on_both_sides_and_int8_weights_between():
    recipe = Recipe(name="dynamic", core="float", linears="dynamic")
    found = quantize(exact(GELU, LITERT), ranges_of(GELU), recipe, LITERT)
    linears = [node for node in found.program.graph.nodes if kind(node) == "linear"]
    assert linears
    for node in linears:
        assert node.args[0].target is torch.ops.edgeattn.dynamic_int8.default
        assert node.args[1].target is DEQUANTIZE_CHANNELS
        assert not any(user.target is QUANTIZE for user in node.users)
    said = {d.precision for d in found.decisions if d.kind == "linear"}
    assert said == {"dynamic"}


def test_a_dynamic_linear_outlives_inputs_that_calibration_never_saw():
    layers = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8), nn.Softmax(-1))
    program = program_of(layers, torch.zeros(1, 4, 8))
    ranges = calibrate(program, noise(program))
    both = [
        quantize(program, ranges, Recipe(name=how, core="float", linears=how), LITERT).program
        for how in ("static", "dynamic")
    ]
    samples = [tuple(4 * x for x in sample) for sample in noise(program, seed=1)]
    want = simulated(program, samples)
    static, dynamic = (decibels(want, simulated(one, samples)) for one in both)
    assert dynamic > static + 6


def test_weights_of_four_bits_take_half_the_bytes_and_run_as_simulated():
    files = {}
    for how in ("dynamic", "w4"):
        recipe = Recipe(name=how, core="float", linears=how)
        found = quantize(exact(GELU, LITERT), ranges_of(GELU), recipe, LITERT)
        files[how] = found, lower(found.program, LITERT)
    linears = [d for d in files["w4"][0].decisions if d.kind == "linear"]
    assert {d.precision for d in linears} == {"w4"}
    names = {d.name for d in linears}
    spared = sum(
        constant(files["w4"][0].program, node.args[1].args[0]).numel() // 2
        for node in files["w4"][0].program.graph.nodes
        if node.name in names
    )
    saved = len(files["dynamic"][1]) - len(files["w4"][1])
    assert abs(saved - spared) < 16 * len(names)  # buffers are aligned to 16 bytes
    program = files["w4"][0].program
    samples = noise(program, seed=1)
    promised, found = simulated(program, samples), answers(files["w4"][1], program, samples)
    assert decibels(promised, found) > decibels(simulated(exact(GELU, LITERT), samples), promised)


def test_an_engine_without_four_bit_kernels_takes_eight():
    recipe = Recipe(name="w4", core="float", linears="w4")
    found = quantize(exact(GELU, VNNI), ranges_of(GELU), recipe, VNNI)
    assert {d.precision for d in found.decisions if d.kind == "linear"} == {"dynamic"}


@pytest.mark.parametrize("policy", [VNNI, LITERT], ids=lambda policy: policy.name)
def test_engines_run_dynamic_linears_as_simulated(policy):
    recipe = Recipe(name="dynamic", core="float", linears="dynamic")
    float_form = exact(GELU, policy)
    program = quantize(float_form, ranges_of(GELU), recipe, policy).program
    samples = noise(program, seed=1)
    promised = simulated(program, samples)
    found = answers(lower(program, policy), program, samples)
    assert decibels(promised, found) > decibels(simulated(float_form, samples), promised)


@pytest.mark.parametrize("policy", [VNNI, LITERT], ids=lambda policy: policy.name)
def test_a_layer_kept_float_keeps_its_float_weight(policy):
    recipe = Recipe(name="gentle", core="float", keep_float=("block.mlp.*",))
    found = quantize(exact(GELU, policy), ranges_of(GELU), recipe, policy)
    for node in found.program.graph.nodes:
        if node.meta.get("layer", "").startswith("block.mlp") and kind(node) == "linear":
            assert node.args[1].op == "get_attr"
            assert constant(found.program, node.args[1]).dtype is torch.float32
    kept = [decision for decision in found.decisions if decision.layer.startswith("block.mlp")]
    assert kept
    assert not any(decision.int8 for decision in kept)


def test_a_missing_bias_counts_as_zeros():
    program = program_of(nn.Linear(8, 4, bias=False), torch.zeros(2, 8))
    ranges = calibrate(program, noise(program))
    found = quantize(program, ranges, INT8, LITERT).program
    samples = noise(program, 4)
    assert decibels(simulated(program, samples), simulated(found, samples)) >= 30


def test_a_tensor_that_reached_minus_infinity_cannot_be_quantised():
    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.head = nn.Linear(8, 4), nn.Linear(4, 4)

        def forward(self, x):
            return self.head(self.first(x.masked_fill(x < 0, float("-inf"))))

    program = program_of(Masked(), torch.ones(2, 8))
    ranges = calibrate(program, [(torch.ones(2, 8),)])
    quantize(program, ranges, INT8, LITERT)  # positive samples: nothing was masked
    bounds = {name: pair for name, pair in ranges.bounds.items() if name != "masked_fill"}
    with pytest.raises(CannotConvert, match="masked_fill has no finite range"):
        quantize(program, type(ranges)(bounds), INT8, LITERT)


def test_a_dead_relu_leaves_a_file_that_the_engine_opens():
    class Dead(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(8, 16), nn.Linear(16, 4)
            nn.init.constant_(self.first.bias, -1e3)

        def forward(self, x):
            return self.second(self.first(x).relu())

    program = program_of(Dead(), torch.zeros(2, 8))
    found = quantize(program, calibrate(program, noise(program)), INT8, LITERT).program
    samples = noise(program, 2)
    # Only the last bias comes through: one step of its own range is 1/255 of it.
    promised = simulated(program, samples)
    assert abs(answers(lower(found, LITERT), found, samples) - promised).max() <= (
        abs(promised).max() * 2 / 255
    )


def test_a_softmax_between_two_int8_products_stays_float_in_the_file():
    from edgeattn_converters.tflite.inspect import inspect

    program = quantised(GELU, LITERT.name).program
    kinds = inspect(lower(program, LITERT)).kinds
    assert kinds["BATCH_MATMUL:int8"] == 2
    assert kinds["SOFTMAX:float32"] == 1
    assert kinds["SOFTMAX:int8"] == 0


class Residual(nn.Module):
    """Two Linears with a sum between: its neighbours are int8 on both sides."""

    def __init__(self):
        super().__init__()
        self.before, self.after = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x):
        y = self.before(x)
        return self.after(x + y).softmax(-1)  # an answer would be kept from int8


@pytest.mark.parametrize("policy", [VNNI, LITERT], ids=lambda policy: policy.name)
@pytest.mark.parametrize("keep", [(), ("add*",)], ids=["int8", "kept float"])
def test_a_sum_kept_float_between_int8_neighbours_is_float_in_the_file(policy, keep):
    program = program_of(Residual(), torch.zeros(1, 4, 8))
    ranges = calibrate(program, noise(program))
    recipe = Recipe(name="gentle", core="float", keep_float=keep)
    content = lower(quantize(program, ranges, recipe, policy).program, policy)
    if policy.format == "onnx":
        import onnx

        found = [node.op_type for node in onnx.load_from_string(content).graph.node]
        integer, real = "QLinearAdd", "Add"
    else:
        from edgeattn_converters.tflite.inspect import inspect

        found = list(inspect(content).kinds)
        integer, real = "ADD:int8", "ADD:float32"
    assert (integer in found, real in found) == (not keep, bool(keep))
