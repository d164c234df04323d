from torch import nn

from edgeattn_converters.lint.repeated_work import repeated_work


def test_a_linear_called_twice_on_one_tensor_is_found_once(found):
    (finding,) = found(
        repeated_work, lambda m, x: m.linear(x) * m.linear(x).exp(), (1, 8), linear=nn.Linear(8, 8)
    )
    assert finding.fixable
    assert finding.op == "gemm"


def test_what_follows_from_a_repetition_is_repeated_too(found):
    def twice(model, x):
        return model.linear(x).exp() + model.linear(x).exp().sin()

    findings = found(repeated_work, twice, (1, 8), linear=nn.Linear(8, 8))
    assert [one.op for one in findings] == ["gemm", "exp"]


def test_the_same_linear_on_another_tensor_is_left_alone(found):
    linear = nn.Linear(8, 8)
    assert found(repeated_work, lambda m, x: m.l(x) + m.l(x.exp()), (1, 8), l=linear) == []
