from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import onnx.numpy_helper
import pytest
import torch
from ai_edge_litert import schema_py_generated as schema  # type: ignore[import-untyped]
from torch import Tensor, nn

from edgeattn.training.fake_quant import FakeActivation
from edgeattn.training.fake_quantised import FakeQuantised
from edgeattn.training.qat_start import Start, decided, one_policy, start_training, trained
from edgeattn_converters.drafts import int8_form
from edgeattn_converters.operands import stored
from edgeattn_converters.placement import root
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.program import Program
from edgeattn_converters.quantize import DEQUANTIZE_CHANNELS, QUANTIZE, quantize, range_name
from edgeattn_converters.recipe import FLOAT, RECIPES, Recipe
from edgeattn_converters.trained import Trained
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.errors import BadUsage, CannotConvert
from tests.converters.programs import MODELS
from tests.converters.quantised import lower

ONNX, TFLITE = POLICIES["onnxruntime-x86-vnni"], POLICIES["litert-xnnpack"]
BOTH = (ONNX, TFLITE)


def start(module: nn.Module, samples: Tensor, batch: int = 8, recipe: str = "int8") -> Start:
    return start_training(
        module.eval(),
        [(sample[None],) for sample in samples],
        batch=batch,
        name="tiny",
        recipe=RECIPES[recipe],
        policies=BOTH,
    )


def fit(model: FakeQuantised, x: Tensor, goal: Tensor, steps: int, rate: float = 3e-3) -> None:
    """Bring the answers to `x` near `goal`."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0)
    random = torch.Generator().manual_seed(0)
    for _ in range(steps):
        rows = torch.randperm(len(x), generator=random)[: model.batch]
        optimizer.zero_grad()
        (model(x[rows]) - goal[rows]).square().mean().backward()
        optimizer.step()


class Outlier(nn.Module):
    """One channel of the input is 200 times as large as the others, and says next to nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.out = nn.Linear(8, 16), nn.Linear(16, 4)
        with torch.no_grad():
            self.inside.weight[:, 0] *= 1e-3

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.out(self.inside(x).relu())
        return answer


def test_training_recovers_what_an_outlier_costs() -> None:
    """Calibrated min/max gives 2 dB here: its step is as large as the other channels are."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = Outlier().eval()
        x = torch.randn(256, 8)
    x[:, 0] *= 200
    goal = module(x).detach()
    begun = start(module, x[:128], batch=32)

    def unseen_db() -> float:
        answers = begun.model(x[128:]).detach()
        return sqnr_db(goal[128:].numpy(), answers.numpy())

    before = unseen_db()
    fit(begun.model, x[:128], goal[:128], steps=60)
    assert before < 4
    assert unseen_db() > before + 8  # found: 12 dB more


@pytest.fixture(scope="module")
def hybrid() -> tuple[Start, Trained]:
    """Convolutions, batch norms and attention, trained for a few steps; both formats."""
    module, (example,) = MODELS["hybrid"]()
    x = torch.randn((8, *example.shape[1:]), generator=torch.Generator().manual_seed(0))
    begun = start(module, x, batch=4)
    fit(begun.model, x, module(x).detach(), steps=3, rate=1e-3)
    return begun, trained(begun, begun.model, tuple("abcdefgh"))


def simulation(
    begun: Start, found: Trained, policy_name: str, core: str
) -> tuple[Program, Program]:
    """Return what convert makes for an engine, before and after quantisation."""
    policy = POLICIES[policy_name]
    recipe = Recipe(name="test", core=core, linears="static")
    exact = int8_form(found.applied_to(begun.program), policy, core)
    return exact, quantize(exact, found.ranges, found.fitting(recipe), policy).program


def in_onnx(content: bytes) -> set[float]:
    graph = onnx.load_from_string(content).graph
    arrays = [onnx.numpy_helper.to_array(one) for one in graph.initializer]
    return {float(x) for one in arrays if one.dtype == np.float32 for x in one.ravel()}


def in_tflite(content: bytes) -> set[float]:
    tensors = schema.ModelT.InitFromPackedBuf(content).subgraphs[0].tensors
    scales = [one.quantization.scale for one in tensors if one.quantization is not None]
    return {float(np.float32(x)) for one in scales if one is not None for x in one}


@pytest.mark.parametrize(
    ("policy", "core", "read"),
    [(ONNX.name, "float", in_onnx), (TFLITE.name, "int8", in_tflite)],
    ids=["onnx", "tflite"],
)
def test_both_files_carry_the_scales_of_the_training_exactly(
    hybrid: tuple[Start, Trained],
    policy: str,
    core: str,
    read: Callable[[bytes], set[float]],
) -> None:
    begun, found = hybrid
    exact, program = simulation(begun, found, policy, core)
    floats = {node.name: node for node in exact.graph.nodes}
    of_training = {
        name: part.affine().scale
        for part_name, part in begun.model.graph_module.named_modules()
        if isinstance(part, FakeActivation)
        for name in [part_name.removesuffix("_rounding")]
    }
    file = read(lower(program, POLICIES[policy]))
    compared = 0
    for node in program.graph.nodes:
        if node.target is QUANTIZE:
            value = range_name(root(floats[node.args[0].name]))
            if value in begun.model.ranges:
                assert node.args[1] == of_training[value], value
                assert of_training[value] in file, value
                compared += 1
        elif node.target is DEQUANTIZE_CHANNELS:
            assert set(stored(program, node, 1).tolist()) <= file, node.name
    assert compared >= 4


def test_both_formats_share_every_weight_step(hybrid: tuple[Start, Trained]) -> None:
    def steps(policy: str) -> set[float]:
        _, program = simulation(*hybrid, policy, "float")
        layers = [one for one in program.graph.nodes if one.target is DEQUANTIZE_CHANNELS]
        return {float(step) for layer in layers for step in stored(program, layer, 1)}

    assert steps(ONNX.name) == steps(TFLITE.name)


def test_the_ranges_say_which_were_trained(hybrid: tuple[Start, Trained]) -> None:
    begun, found = hybrid
    assert found.ranges.method == "qat"
    assert found.ranges.samples == tuple("abcdefgh")
    assert found.policies == (ONNX.name, TFLITE.name)
    bounds = begun.model.bounds()
    assert {name: found.ranges.bounds[name] for name in bounds} == bounds
    assert found.ranges.unclipped == found.ranges.bounds.keys() - bounds.keys()


def test_the_float_model_stays_as_it_was(hybrid: tuple[Start, Trained]) -> None:
    begun, _ = hybrid
    module, (example,) = MODELS["hybrid"]()
    # float32 sums in another order after the passes
    assert torch.allclose(begun.program(example)[0], module(example), atol=1e-5)


class Filtered(nn.Module):
    """A filter bank that is a buffer, as of a log-mel front end, before a Linear."""

    bank: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("bank", torch.rand(8, 8))
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.head(nn.functional.linear(x, self.bank))
        return answer


def test_what_is_no_parameter_is_not_trained() -> None:
    begun = start(Filtered(), torch.rand(4, 8))
    assert {place.partition(":")[0] for place in begun.model.constants()} == {"head_linear"}


def test_a_class_token_is_one_for_all_samples() -> None:
    """A batch has as many of them; they are trained together, and put back as one."""
    module, (example,) = MODELS["vit"]()
    begun = start(module, torch.rand((4, *example.shape[1:])), batch=4)
    token = begun.model.constants()["cat:0"]
    assert token.shape == (1, 1, 16)
    before = token.clone()
    x = torch.rand((4, *example.shape[1:]))
    fit(begun.model, x, module(x).detach(), steps=1)
    after = begun.model.constants()["cat:0"]
    assert not torch.equal(before, after)
    found = trained(begun, begun.model, ())
    assert torch.equal(found.constants["cat:0"], after)
    found.applied_to(begun.program)


class ByBatch(nn.Module):
    """Another graph for one sample than for several."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.many = nn.Linear(8, 3), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.one(x) if len(x) == 1 else self.many(x)
        return answer


def test_a_model_that_depends_on_the_batch_is_refused() -> None:
    with pytest.raises(CannotConvert, match=r"other operators for 8 samples than for one"):
        start(ByBatch(), torch.rand(4, 8))


def test_a_model_without_integer_operators_is_refused() -> None:
    with pytest.raises(CannotConvert, match="nothing of tiny runs in int8"):
        start(nn.Softmax(-1), torch.rand(4, 8))


def test_four_bits_are_trained_as_well() -> None:
    begun = start(Outlier(), torch.rand(4, 5, 8), recipe="w4")  # Linears on tokens
    weight = begun.model.graph_module.get_submodule("inside_linear_parameters")(
        torch.linspace(-1, 1, 100)[None], torch.zeros(1)
    )[0]
    assert len(weight.unique()) == 15


def test_a_float_recipe_is_refused() -> None:
    with pytest.raises(BadUsage, match="recipe fp32 is float"):
        one_policy(BOTH, FLOAT)


@pytest.mark.parametrize("name", ["onnxruntime-webgpu", "litert-gpu"])
def test_an_engine_that_computes_in_float_is_refused(name: str) -> None:
    with pytest.raises(BadUsage, match=f"{name} computes in float.*without --qat"):
        one_policy((POLICIES[name],), RECIPES["int8"])


def test_one_engine_keeps_its_policy() -> None:
    assert one_policy((ONNX,), RECIPES["int8"]) is ONNX


def test_two_engines_round_what_either_rounds() -> None:
    both = one_policy((POLICIES["onnxruntime-x86"], TFLITE), RECIPES["int8"])
    assert both.int8 == ONNX.int8 | TFLITE.int8
    assert both.follows == ONNX.follows | TFLITE.follows
    assert both.weight_levels == 63
    assert both.float_result == {"core"}  # a fused one hands on floats on either engine


def test_the_most_rounding_is_trained_of_what_convert_will_try() -> None:
    assert decided(RECIPES["int8"], BOTH).core == "int8"
    assert decided(RECIPES["int8"], (ONNX,)).core == "float"
    assert decided(RECIPES["int8-scores"], BOTH).core == "scores"
    assert decided(RECIPES["int8"], BOTH).linears == "static"
    assert decided(RECIPES["w4"], BOTH).linears == "w4"
