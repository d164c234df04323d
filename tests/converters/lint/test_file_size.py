import torch
from torch import nn

from edgeattn_converters.lint.file_size import constants, is_table, is_weight, spoken
from edgeattn_converters.lint.subject import prepare
from edgeattn_converters.policies import LITERT_XNNPACK


def test_weights_count_one_byte_and_tables_four(program):
    model = nn.Sequential(nn.Embedding(10, 8), nn.Linear(8, 8))
    captured = program(model, torch.arange(4, dtype=torch.int32)[None])
    subject, _ = prepare(captured, (LITERT_XNNPACK,))
    sizes = dict(constants(subject.targets[0]))
    assert {size for node, size in sizes.items() if is_table(node)} == {10 * 8 * 4}
    assert {size for node, size in sizes.items() if is_weight(node)} == {8 * 8}


def test_sizes_are_said_in_round_numbers():
    assert (spoken(1_234_567), spoken(2_500)) == ("1.2 MB", "2.5 kB")
