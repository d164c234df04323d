import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn_converters.lint.long_rows import long_rows


def attend(_, x):
    return F.scaled_dot_product_attention(x, x, x)


def test_rows_beyond_the_steps_of_int8_are_found(found):
    (finding,) = found(long_rows, attend, (1, 1, 257, 8), policies=())
    assert "1/257" in finding.why


def test_rows_of_256_are_left_alone(found):
    assert found(long_rows, attend, (1, 1, 256, 8), policies=()) == []


def test_many_classes_are_left_alone(found):
    assert found(long_rows, lambda _, x: x.softmax(-1), (1, 1000), policies=()) == []
