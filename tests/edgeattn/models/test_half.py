from __future__ import annotations

import torch
from torch import nn

from edgeattn.models.half import narrowest, rounded


def test_matrices_are_rounded_and_the_rest_and_the_original_stay() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Embedding(7, 5), nn.Linear(5, 3), nn.BatchNorm1d(3))
    before = {name: weight.clone() for name, weight in module.state_dict().items()}
    small = rounded(module).state_dict()
    for name, weight in before.items():
        assert torch.equal(module.state_dict()[name], weight)
        assert small[name].dtype == weight.dtype
        if weight.ndim < 2:
            assert torch.equal(small[name], weight)
            continue
        assert torch.equal(small[name].half().float(), small[name])
        # half a step of float16's 11 bits
        torch.testing.assert_close(small[name], weight, rtol=2**-11, atol=2**-25)
    assert not torch.equal(small["0.weight"], before["0.weight"])


def test_rounding_twice_is_rounding_once() -> None:
    torch.manual_seed(0)
    once = rounded(nn.Linear(5, 3))
    assert torch.equal(rounded(once).weight, once.weight)  # type: ignore[arg-type]


def test_a_number_beyond_float16_leaves_its_matrix_as_it_was() -> None:
    layer = nn.Linear(2, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1e5, 0.1]]))
    assert torch.equal(rounded(layer).weight, layer.weight)  # type: ignore[arg-type]


def test_a_matrix_is_narrowed_only_where_no_bit_is_lost() -> None:
    exact = torch.tensor([[0.5, -3.0], [2**-24, 65504.0]])
    assert narrowest(exact).dtype == torch.float16
    assert torch.equal(narrowest(exact).float(), exact)
    for lost in (0.1, 1e5, 2**-26, float("nan")):
        assert narrowest(torch.tensor([[0.5, lost]])).dtype == torch.float32


def test_what_is_no_float_matrix_keeps_its_type() -> None:
    assert narrowest(torch.zeros(3)).dtype == torch.float32
    assert narrowest(torch.zeros(2, 2, dtype=torch.int64)).dtype == torch.int64
