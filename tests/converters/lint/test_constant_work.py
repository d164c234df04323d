import torch
from torch import nn

from edgeattn_converters.lint.constant_work import constant_work


def test_a_gathered_bias_is_said_to_be_computed_once(found):
    table = nn.Parameter(torch.randn(9, 4))
    index = torch.arange(4)
    model = {"table": table}
    (finding,) = found(constant_work, lambda m, x: x + m.table[index].exp(), (1, 4, 4), **model)[1:]
    assert finding.fixable
    assert "depends on no input" in finding.why


def test_what_would_grow_the_file_too_much_stays(found):
    table = nn.Parameter(torch.randn(1, 2000))
    findings = found(
        constant_work, lambda m, x: x + m.table.expand(16, -1).exp(), (16, 2000), table=table
    )
    assert [one.fixable for one in findings] == [False, False]
    assert "four times as large" in findings[0].why


def test_a_view_of_a_weight_is_left_alone(found):
    parts = {"weight": nn.Parameter(torch.randn(4, 4))}
    assert found(constant_work, lambda m, x: x @ m.weight.T, (1, 2, 4), **parts) == []


def test_work_on_inputs_is_left_alone(found):
    assert found(constant_work, lambda _, x: x.exp(), (1, 4)) == []
