import pytest
import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program
from torch import nn

from edgeattn_converters.lint.decomposed_activation import decomposed_activation


@pytest.mark.parametrize(
    ("function", "word"),
    [
        (lambda _, x: x * torch.sigmoid(x), "silu"),
        (lambda _, x: torch.sigmoid(x) * x, "silu"),
        (lambda _, x: x * F.relu6(x + 3) / 6, "hardswish"),
        (lambda _, x: x * (F.relu6(x + 3) / 6), "hardswish"),
        (lambda _, x: x * torch.clamp(x + 3, 0, 6) / 6, "hardswish"),
        (lambda _, x: x * F.hardsigmoid(x), "hardswish"),
    ],
)
def test_an_activation_in_pieces_is_found(found, function, word):
    (finding,) = found(decomposed_activation, function, (1, 8))
    assert finding.op == word
    assert "written out" in finding.why


@pytest.mark.parametrize(
    "function",
    [
        nn.SiLU(),
        nn.Hardswish(),
        lambda _, x: x * torch.sigmoid(1.702 * x),  # another function: OpenAI's GELU
        lambda _, x: x.exp() * torch.sigmoid(x),
        lambda _, x: x * F.relu6(x + 2) / 6,
    ],
)
def test_other_gates_are_left_alone(found, function):
    assert found(decomposed_activation, function, (1, 8)) == []
