"""How wrong an answer is."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy


def classification_loss(
    logits: Tensor, truth: Tensor, *, label_smoothing: float, class_weights: Tensor | None
) -> Tensor:
    """Return the mean cross-entropy of a batch.

    Args:
        logits: [batch, classes].
        truth: int64 [batch], or shares [batch, classes].
        label_smoothing: Share of the target that is spread over all classes.
        class_weights: [classes], 1 for a sample on average. The mean is over samples, not over
            weights as in PyTorch, so that the parts of a batch add up to the whole.
    """
    if class_weights is None:
        return cross_entropy(logits, truth, label_smoothing=label_smoothing)
    each = cross_entropy(
        logits, truth, weight=class_weights, label_smoothing=label_smoothing, reduction="none"
    )
    return each.mean()
