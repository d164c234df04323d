import pytest
from torch import nn

from edgeattn_converters.lint.batch import batch


def test_a_batch_is_found_with_its_length(found):
    (finding,) = found(batch, nn.Linear(8, 8), (4, 8))
    assert finding.severity == "warning"
    assert "4 samples" in finding.why


def test_one_sample_is_left_alone(found):
    assert found(batch, nn.Linear(8, 8), (1, 8)) == []


@pytest.mark.parametrize(
    ("formula", "shapes"),
    [(lambda _, x, y: x[:1] + y, [(4, 8), (1, 8)]), (lambda _, x: x.mean(0, True), [(4, 8)])],
    ids=["inputs that differ", "an axis that ends inside"],
)
def test_a_first_axis_that_is_no_batch_is_left_alone(found, formula, shapes):
    assert found(batch, formula, *shapes) == []
