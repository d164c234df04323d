"""Attention variants, written as reshapes and products so that every engine can run them.

One file an idea; each class says its source and its cost. N tokens of width C, h heads, in
multiply-accumulates of the core, beside the projections (4 N C^2 unless the class says otherwise):

    MultiHeadAttention     2 N^2 C            every token sees every token
    CrossAttention         2 N M C            tokens ask, a memory of M tokens answers
    WindowedAttention      2 N M C            windows of M tokens of a grid, shifted or not
    BlockSparseAttention   2 N (2n + 1) B C   a block of B tokens and n neighbours on each side
    LinearAttention        2 N C^2 / h        a ReLU instead of the softmax, no score matrix
    SeparableAttention     2 N C              one query for all tokens (MobileViTv2)
    AdditiveAttention      3 N C              one global query (SwiftFormer)
    BahdanauAttention      N M (A + C)        a network of A hidden channels for a score
    PrunedAttention        2 N^2 C            then the most attended tokens only
    MergedAttention        2 N^2 C            then similar tokens as one
    EarlyExit              -                  several answers, the graph cut at one
"""

from edgeattn.models.attention.additive import AdditiveAttention
from edgeattn.models.attention.bahdanau import BahdanauAttention
from edgeattn.models.attention.block_sparse import BlockSparseAttention
from edgeattn.models.attention.cross import CrossAttention
from edgeattn.models.attention.early_exit import EarlyExit, confident
from edgeattn.models.attention.heads import MakeLinear
from edgeattn.models.attention.linear import LinearAttention
from edgeattn.models.attention.multi_head import MultiHeadAttention
from edgeattn.models.attention.rows import rows
from edgeattn.models.attention.separable import SeparableAttention
from edgeattn.models.attention.token_merging import Merge, MergedAttention
from edgeattn.models.attention.token_pruning import PrunedAttention
from edgeattn.models.attention.windowed import WindowedAttention

__all__ = [
    "AdditiveAttention",
    "BahdanauAttention",
    "BlockSparseAttention",
    "CrossAttention",
    "EarlyExit",
    "LinearAttention",
    "MakeLinear",
    "Merge",
    "MergedAttention",
    "MultiHeadAttention",
    "PrunedAttention",
    "SeparableAttention",
    "WindowedAttention",
    "confident",
    "rows",
]
