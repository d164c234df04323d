from __future__ import annotations

import pytest
import torch

from edgeattn_converters.passes.elementwise_operators import BINARY, UNARY
from tests.converters.programs import normal

X = normal(2, 3, 4).abs()
SECOND = {
    "clamp": (0.1, 0.5), "clamp_min": (0.1,), "pow": (2,), "hardtanh": (-1, 1),
}  # fmt: skip


@pytest.mark.parametrize("operator", sorted(UNARY | BINARY, key=str), ids=str)
def test_numbers_do_not_see_their_neighbours(operator) -> None:
    """f(permute(x)) = permute(f(x)): what lets a twin be computed in another layout."""
    name = operator.__name__.split(".")[0]
    if operator in UNARY:
        more = moved = SECOND.get(name, ())
    elif operator.__name__.endswith("Scalar"):
        more = moved = (2.0,)
    else:
        more, moved = (X + 1,), ((X + 1).permute(2, 0, 1),)
    found = operator(X.permute(2, 0, 1), *moved)
    # Vectorised and single numbers round differently by one unit in the last place.
    torch.testing.assert_close(found, operator(X, *more).permute(2, 0, 1), rtol=3e-7, atol=3e-7)
