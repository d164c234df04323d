import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn_converters.lint.mask_input import mask_input


def attend(_, x, mask):
    return F.scaled_dot_product_attention(x, x, x, attn_mask=mask)


def test_a_float_mask_from_outside_is_a_warning(found):
    (finding,) = found(mask_input, attend, (1, 2, 4, 8), torch.zeros(1, 1, 1, 4))
    assert finding.severity == "warning"
    assert "[1, 1, 1, 4]" in finding.why


def test_a_view_of_a_float_mask_is_found_too(found):
    def viewed(model, x, mask):
        return attend(model, x, mask[:, None, None])

    assert len(found(mask_input, viewed, (1, 2, 4, 8), torch.zeros(1, 4))) == 1


def test_a_boolean_mask_is_left_alone(found):
    keep = torch.ones(1, 1, 4, 4, dtype=torch.bool)
    assert found(mask_input, attend, (1, 2, 4, 8), keep) == []


def test_a_mask_that_the_model_makes_is_left_alone(found):
    def made(model, x, keep):
        return attend(model, x, (1 - keep.float())[:, None, None] * -30.0)

    assert found(mask_input, made, (1, 2, 4, 8), torch.ones(1, 4, dtype=torch.int32)) == []
