import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from edgeattn.sources.onnx import load_onnx


@pytest.mark.parametrize("lengths", [(5, 4), (2, 5, 4), (2, 3, 5, 4)])
def test_matmul_with_a_constant_keeps_the_numbers(lengths, same, noise):
    same("MatMul", [noise(*lengths), noise(4, 6)], [1])


def test_matmul_with_a_constant_becomes_a_linear_layer(operator_file, noise):
    module = load_onnx(operator_file("MatMul", [noise(2, 5, 4), noise(4, 6)], [1])).module
    targets = [node.target for node in module.graph.nodes if node.op == "call_function"]
    assert targets == [F.linear]
    assert dict(module.named_parameters())["x1"].shape == torch.Size([6, 4])


def test_matmul_of_two_inputs_keeps_the_numbers(same, noise):
    same("MatMul", [noise(2, 3, 5, 4), noise(2, 3, 4, 7)])


def test_matmul_with_a_constant_on_the_left_keeps_the_numbers(same, noise):
    same("MatMul", [noise(5, 4), noise(2, 4, 3)], [0])


@pytest.mark.parametrize("turned", [0, 1])
def test_gemm_keeps_the_numbers(turned, same, noise):
    weight = noise(6, 4) if turned else noise(4, 6)
    same("Gemm", [noise(3, 4), weight, noise(6)], [1, 2], transB=turned)
    same("Gemm", [noise(3, 4), weight], [1], transB=turned)


def test_gemm_with_factors_and_a_full_bias_keeps_the_numbers(same, noise):
    same("Gemm", [noise(4, 3), noise(4, 6), noise(3, 6)], [1], transA=1, alpha=0.5, beta=2.0)
    same("Gemm", [noise(3, 4), noise(4, 6), noise(1)], [1, 2])


def test_gemm_with_a_constant_becomes_a_linear_layer(operator_file, noise):
    path = operator_file("Gemm", [noise(3, 4), noise(6, 4), noise(6)], [1, 2], transB=1)
    nodes = load_onnx(path).module.graph.nodes
    assert [node.target for node in nodes if node.op == "call_function"] == [F.linear]
