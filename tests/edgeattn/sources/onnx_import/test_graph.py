"""Whole models: PyTorch -> ONNX -> PyTorch, by both of torch's exporters."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from onnx import TensorProto, helper
from torch import Tensor, nn

from edgeattn.sources.onnx import load_onnx
from edgeattn_converters.capture import capture
from edgeattn_converters.passes import apply_passes
from edgeattn_runtime.errors import BrokenModel, CannotConvert

pytestmark = [
    # torch's own tree code trips over torch's own deprecation.
    pytest.mark.filterwarnings(r"ignore:`isinstance\(treespec, LeafSpec\)`:FutureWarning"),
    # The older exporter is deprecated, and the files it wrote will be around for years.
    pytest.mark.filterwarnings("ignore:You are using the legacy TorchScript:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The feature will be removed:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Converting a tensor to a Python:torch.jit.TracerWarning"),
]


class Attention(nn.Module):
    """Written out, as half of the world writes it."""

    def __init__(self, width: int = 16, heads: int = 2, fused: bool = False) -> None:
        super().__init__()
        self.heads, self.fused = heads, fused
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        if self.fused:
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        else:
            scores = (q @ k.transpose(-2, -1)) * (width // self.heads) ** -0.5
            y = (scores if mask is None else scores + mask).softmax(-1) @ v
        return self.out(y.transpose(1, 2).reshape(batch, tokens, width))


class Block(nn.Module):
    def __init__(self, attention: nn.Module, approximate: str = "none") -> None:
        super().__init__()
        self.attention, self.norm1, self.norm2 = attention, nn.LayerNorm(16), nn.LayerNorm(16)
        self.mlp = nn.Sequential(nn.Linear(16, 32), nn.GELU(approximate), nn.Linear(32, 16))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        y = self.norm1(x)
        if isinstance(self.attention, nn.MultiheadAttention):
            x = x + self.attention(y, y, y, need_weights=False)[0]
        else:
            x = x + self.attention(y, mask)
        return x + self.mlp(self.norm2(x))


class Hybrid(nn.Module):
    def __init__(self, attention: nn.Module) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU6(), nn.MaxPool2d(2),
            nn.Conv2d(8, 8, 3, 1, 1, groups=8), nn.Hardswish(), nn.Conv2d(8, 16, 1), nn.SiLU(),
        )  # fmt: skip
        self.block, self.head = Block(attention), nn.Linear(16, 5)

    def forward(self, image: Tensor) -> Tensor:
        x = self.stem(image).flatten(2).transpose(1, 2)
        return self.head(self.block(x).mean(1))


class VisionTransformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 4, 4)
        self.register_token = nn.Parameter(torch.randn(1, 1, 16))
        self.position = nn.Parameter(torch.randn(1, 17, 16))
        self.block, self.norm = Block(Attention(), "tanh"), nn.LayerNorm(16)
        self.head = nn.Linear(16, 5)

    def forward(self, image: Tensor) -> Tensor:
        x = self.patches(image).flatten(2).transpose(1, 2)
        x = torch.cat([self.register_token.expand(x.shape[0], -1, -1), x], 1) + self.position
        return self.head(self.norm(self.block(x))[:, 0])


class Text(nn.Module):
    """Like BERT: token ids and a padding mask."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(50, 16), nn.Embedding(12, 16)
        self.norm, self.block = nn.LayerNorm(16, 1e-12), Block(Attention(fused=True))
        self.pooler, self.head = nn.Linear(16, 16), nn.Linear(16, 4)

    def forward(self, ids: Tensor, keep: Tensor) -> Tensor:
        x = self.norm(self.words(ids) + self.places(torch.arange(ids.shape[1])))
        mask = (1.0 - keep[:, None, None, :].float()) * -30.0
        return self.head(torch.tanh(self.pooler(self.block(x, mask)[:, 0])))


IMAGE = (torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(1)),)
TEXT = (torch.arange(12).reshape(1, 12), (torch.arange(12) < 8).long().reshape(1, 12))

MODELS = {
    "hybrid, attention written out": (lambda: Hybrid(Attention()), IMAGE),
    "hybrid, scaled_dot_product_attention": (lambda: Hybrid(Attention(fused=True)), IMAGE),
    "hybrid, MultiheadAttention": (
        lambda: Hybrid(nn.MultiheadAttention(16, 2, batch_first=True)),
        IMAGE,
    ),
    "vision transformer": (VisionTransformer, IMAGE),
    "text with a mask": (Text, TEXT),
}
EXPORTERS = {
    "dynamo": {"dynamo": True, "external_data": False, "verbose": False},
    "dynamo, opset 18": {"dynamo": True, "external_data": False, "opset_version": 18},
    "dynamo, opset 23": {"dynamo": True, "external_data": False, "opset_version": 23},
    "torchscript, opset 14": {"dynamo": False, "opset_version": 14},
    "torchscript, opset 17": {"dynamo": False, "opset_version": 17},
}
# The exporters take seconds each: every model with today's, every exporter with one or two models.
PAIRS = [
    *((name, "dynamo") for name in MODELS),
    *((name, "torchscript, opset 14") for name in MODELS),
    ("vision transformer", "dynamo, opset 18"),
    ("hybrid, scaled_dot_product_attention", "dynamo, opset 23"),
    ("hybrid, MultiheadAttention", "torchscript, opset 17"),
]


def made(name: str) -> tuple[nn.Module, tuple[Tensor, ...]]:
    torch.manual_seed(0)
    build, inputs = MODELS[name]
    module = build()
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean, -1, 1)
            nn.init.uniform_(part.running_var, 0.5, 2)
        if isinstance(part, nn.LayerNorm):
            nn.init.uniform_(part.weight, 0.5, 2)
            nn.init.uniform_(part.bias, -1, 1)
    return module.eval(), inputs


@pytest.mark.parametrize(("name", "exporter"), PAIRS)
def test_models_come_back_with_the_same_numbers_and_layers(name, exporter, tmp_path: Path):
    source, inputs = made(name)
    path = tmp_path / "model.onnx"
    torch.onnx.export(source, inputs, path, **EXPORTERS[exporter])

    loaded = load_onnx(path)

    with torch.no_grad():
        expected, found = source(*inputs).numpy(), loaded.module(*inputs).numpy()
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    ports = [port.name for port in session.get_inputs()]
    (engine,) = session.run(None, dict(zip(ports, (x.numpy() for x in inputs), strict=True)))
    # The same float32 operations in the same order, but for fused batch norms: 1e-5 relative.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    np.testing.assert_allclose(found, engine, rtol=0, atol=1e-5 * np.abs(engine).max())

    counts, original = (
        Counter(
            str(node.target)
            for node in apply_passes(capture(module, inputs, name="one")).graph.nodes
            if node.op == "call_function"
        )
        for module in (loaded.module, source)
    )
    kept = ["linear.default", "layer_norm.default", "gelu.default", "conv2d.default", "softmax.int"]
    for layer in kept:
        assert counts[f"aten.{layer}"] == original[f"aten.{layer}"], layer
    assert counts["aten.softmax.int"] == 1
    assert not [target for target in counts if "erf" in target or "pow" in target]


def test_inputs_keep_their_names_where_python_allows(tmp_path):
    source, inputs = made("text with a mask")
    path = tmp_path / "text.onnx"
    torch.onnx.export(source, inputs, path, dynamo=True, external_data=False)
    loaded = load_onnx(path)
    assert loaded.input_names == ("ids", "keep")
    assert [x.shape for x in loaded.example_inputs] == [(1, 12), (1, 12)]
    assert loaded.example_inputs[0].dtype == torch.int64


def test_weights_keep_their_names(tmp_path):
    source, inputs = made("vision transformer")
    path = tmp_path / "model.onnx"
    torch.onnx.export(source, inputs, path, dynamo=True, external_data=False)
    weights = dict(load_onnx(path).module.named_parameters())
    assert torch.equal(weights["patches.weight"], source.patches.weight)
    assert torch.equal(weights["block.mlp.0.bias"], source.block.mlp[0].bias)


def small(nodes, feeds=None, weights=(), outputs=("y",), opset=20):
    feeds = feeds or [helper.make_tensor_value_info("x", TensorProto.FLOAT, (2, 3))]
    answers = [helper.make_tensor_value_info(n, TensorProto.FLOAT, (2, 3)) for n in outputs]
    graph = helper.make_graph(nodes, "small", feeds, answers, list(weights))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def test_several_outputs_come_back_as_a_tuple(tmp_path):
    nodes = [helper.make_node("Relu", ["x"], ["y"]), helper.make_node("Neg", ["x"], ["z"])]
    onnx.save(small(nodes, outputs=("y", "z")), tmp_path / "m.onnx")
    y, z = load_onnx(tmp_path / "m.onnx").module(torch.tensor([[-1.0, 0.0, 1.0]] * 2))
    assert y[0].tolist() == [0.0, 0.0, 1.0]
    assert z[0].tolist() == [1.0, 0.0, -1.0]


def test_a_weight_used_twice_is_stored_once(tmp_path):
    weight = onnx.numpy_helper.from_array(np.eye(3, dtype=np.float32), "tied")
    nodes = [helper.make_node("MatMul", [a, "tied"], [b]) for a, b in (("x", "h"), ("h", "y"))]
    onnx.save(small(nodes, weights=[weight]), tmp_path / "m.onnx")
    assert [n for n, _ in load_onnx(tmp_path / "m.onnx").module.named_parameters()] == ["tied"]


def test_weights_that_nothing_reads_are_dropped(tmp_path):
    weight = onnx.numpy_helper.from_array(np.ones((2, 3), np.float32), "unused")
    nodes = [
        helper.make_node("Relu", ["x"], ["y"]),
        helper.make_node("Add", ["x", "unused"], ["nobody"]),
    ]
    onnx.save(small(nodes, weights=[weight]), tmp_path / "m.onnx")
    assert not dict(load_onnx(tmp_path / "m.onnx").module.named_parameters())


def test_half_precision_weights_become_float32(tmp_path):
    port = helper.make_tensor_value_info("x", TensorProto.FLOAT16, (2, 3))
    answer = helper.make_tensor_value_info("y", TensorProto.FLOAT16, (2, 3))
    weight = onnx.numpy_helper.from_array(np.ones(3, np.float16), "w")
    model = small([helper.make_node("Add", ["x", "w"], ["y"])], [port], [weight])
    model.graph.output[0].CopyFrom(answer)
    onnx.save(model, tmp_path / "m.onnx")
    loaded = load_onnx(tmp_path / "m.onnx")
    assert loaded.example_inputs[0].dtype == torch.float32
    assert loaded.module(torch.zeros(2, 3)).dtype == torch.float32


def test_a_graph_without_inputs_is_refused(tmp_path):
    weight = onnx.numpy_helper.from_array(np.ones((2, 3), np.float32), "w")
    model = small([helper.make_node("Relu", ["w"], ["y"])], weights=[weight])
    del model.graph.input[:]
    onnx.save(model, tmp_path / "m.onnx")
    with pytest.raises(BrokenModel, match="no inputs, so it always answers the same"):
        load_onnx(tmp_path / "m.onnx")


def test_a_subgraph_as_attribute_is_refused(tmp_path):
    inner = small([helper.make_node("Relu", ["x"], ["y"])]).graph
    node = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    onnx.save(small([node]), tmp_path / "m.onnx")
    with pytest.raises(CannotConvert, match=r"not read from ONNX: If \(y\)"):
        load_onnx(tmp_path / "m.onnx")
