import pytest

from edgeattn_converters.lint.instead import INSTEAD, instead_of


@pytest.mark.parametrize("spelling", ["aten.topk.default", "topk", "_topk"])
def test_an_operator_is_known_by_every_spelling(spelling):
    assert instead_of(spelling) == INSTEAD["topk"]


def test_an_operator_nobody_knows_gets_nothing():
    assert instead_of("aten.special_i1.default") == ""
