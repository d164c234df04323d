"""Which products decide an order: the scores that choose tokens by topk, sort or argmax.

Token pruning keeps the tokens with the largest scores. A score rounded to one of 256 steps ties
with its neighbours, and another token is kept: no small error. Between a score and the ranking lie
softmaxes, means and views; a further product or convolution starts numbers of its own.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.operator_kind import COUNTED, kind

A = torch.ops.aten

RANKINGS = frozenset({A.topk.default, A.sort.default, A.argmax.default})


def is_ranked(node: fx.Node) -> bool:
    """Tell whether a ranking reads a product's result before another product does."""
    ahead, seen = [node], {node}
    while ahead:
        for user in ahead.pop().users:
            if user.target in RANKINGS:
                return True
            if user not in seen and kind(user) not in COUNTED:
                seen.add(user)
                ahead.append(user)
    return False
