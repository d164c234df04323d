from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy, one_hot

from edgeattn.training.loss import classification_loss

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.0, 1.0, 0.5], [0.3, 0.2, 0.1], [1.0, 1.0, 1.0]])
TRUTH = torch.tensor([0, 2, 1, 0])
WEIGHTS = torch.tensor([0.5, 2.0, 3.0])


def test_without_weights_it_is_cross_entropy() -> None:
    mine = classification_loss(LOGITS, TRUTH, label_smoothing=0.1, class_weights=None)
    assert torch.equal(mine, cross_entropy(LOGITS, TRUTH, label_smoothing=0.1))


def test_a_sample_counts_as_much_as_its_class() -> None:
    mine = classification_loss(LOGITS, TRUTH, label_smoothing=0, class_weights=WEIGHTS)
    each = -LOGITS.log_softmax(1)[torch.arange(4), TRUTH] * WEIGHTS[TRUTH]
    torch.testing.assert_close(mine, each.mean())


def test_shares_weigh_as_classes_do() -> None:
    hard = classification_loss(LOGITS, TRUTH, label_smoothing=0, class_weights=WEIGHTS)
    soft = classification_loss(
        LOGITS, one_hot(TRUTH, 3).float(), label_smoothing=0, class_weights=WEIGHTS
    )
    torch.testing.assert_close(hard, soft)


def test_parts_of_a_batch_add_up_to_the_whole() -> None:
    whole = classification_loss(LOGITS, TRUTH, label_smoothing=0.1, class_weights=WEIGHTS)
    parts = [
        classification_loss(LOGITS[cut], TRUTH[cut], label_smoothing=0.1, class_weights=WEIGHTS)
        * (cut.stop - cut.start) / 4
        for cut in (slice(0, 1), slice(1, 4))
    ]  # fmt: skip
    torch.testing.assert_close(sum(parts), whole)
