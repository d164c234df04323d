from torch import nn

from edgeattn_converters.lint.runtime_scale import runtime_scale


def linears():
    return {name: nn.Linear(8, 8) for name in "qk"}


def test_a_scale_on_scores_that_folds_is_said_to_be_repaired(found):
    def scores(model, x):
        return (model.q(x) @ model.k(x).transpose(-1, -2) / 8**0.5).softmax(-1)

    (finding,) = found(runtime_scale, scores, (1, 4, 8), **linears())
    assert finding.fixable
    assert "[1, 4, 4]" in finding.why


def test_a_scale_that_no_projection_can_take_stays(found):
    def products(_, x):
        return (x @ x.transpose(-1, -2)) * 0.1

    (finding,) = found(runtime_scale, products, (1, 4, 8))
    assert not finding.fixable
    assert "at every inference" in finding.why


def test_a_product_of_activations_is_left_alone(found):
    assert found(runtime_scale, lambda m, x: m.q(x) * m.k(x), (1, 4, 8), **linears()) == []
