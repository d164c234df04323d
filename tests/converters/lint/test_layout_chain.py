from torch import nn

from edgeattn_converters.lint.layout_chain import layout_chain


def test_reshapes_that_cancel_are_counted(found):
    def there_and_back(_, x):
        return x.reshape(2, 2, 8).transpose(0, 1).transpose(0, 1).reshape(4, 8).exp()

    (finding,) = found(layout_chain, there_and_back, (4, 8))
    assert finding.fixable
    assert finding.count == 3
    assert "3 of 3" in finding.why


def test_one_permute_is_left_alone(found):
    assert found(layout_chain, lambda _, x: x.transpose(0, 1).exp(), (4, 8)) == []


def test_a_model_without_views_is_left_alone(found):
    assert found(layout_chain, nn.Linear(8, 8), (1, 8)) == []
