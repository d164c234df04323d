"""A model with several answers: easy inputs leave early, or the whole model is cut there."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


class EarlyExit(nn.Module):
    """Stages in a row, an answer behind each.

    Engines run static graphs, so an exit is taken in one of two ways:

    - `until(k)` is the model cut at exit k: one graph, its cost chosen when it is exported;
    - `first(k)` and `rest(k)` are two graphs. The caller runs the first, and the second only where
      the first is not `confident`.

    Cost, with S_k the multiply-accumulates of the stages up to exit k and E_k those of its head:
    S_k + E_k for `until(k)`. For two graphs of which a share p of the inputs needs the second:
    S_k + E_k + p (S_last - S_k + E_last), on average; the worst case is E_k dearer than one graph.

    Training calls the model itself: it returns every answer, and the loss is a weighted sum.

    Source: Teerapittayanon et al. 2016, "BranchyNet", arXiv:1709.01686; on transformers, Xin et al.
    2020, "DeeBERT", arXiv:2004.12993. BranchyNet compares entropies; the largest probability needs
    no logarithm on the device.

    >>> import torch
    >>> model = EarlyExit([nn.Linear(8, 8), nn.Linear(8, 8)], [nn.Linear(8, 3), nn.Linear(8, 3)])
    >>> [answer.shape for answer in model(torch.zeros(2, 8))]
    [torch.Size([2, 3]), torch.Size([2, 3])]
    >>> logits, state = model.first(0)(torch.zeros(2, 8))
    >>> model.rest(0)(state).shape, model.until(0)(torch.zeros(2, 8)).shape
    (torch.Size([2, 3]), torch.Size([2, 3]))
    """

    def __init__(self, stages: Sequence[nn.Module], heads: Sequence[nn.Module]) -> None:
        """Keep the modules.

        Args:
            stages: Each reads what the one before it returned.
            heads: One per stage: from its state to logits [batch, classes].
        """
        super().__init__()
        if not stages or len(stages) != len(heads):
            raise ValueError(f"{len(stages)} stages have {len(heads)} heads; give one to each")
        self.stages, self.heads = nn.ModuleList(stages), nn.ModuleList(heads)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the logits of every exit, the earliest first."""
        answers = []
        for stage, head in zip(self.stages, self.heads, strict=True):
            x = stage(x)
            answers.append(head(x))
        return answers

    def until(self, exit: int) -> nn.Sequential:
        """Return the model cut at an exit, counted from 0; it shares its weights with this one."""
        stages, head = self.stages[: self._checked(exit) + 1], self.heads[exit]
        return nn.Sequential(*stages, head)

    def first(self, exit: int) -> nn.Module:
        """Return the graph up to an exit: x -> its logits, and the state for the rest."""
        if self._checked(exit) == len(self.stages) - 1:
            raise ValueError(f"behind exit {exit}, the last one, there is no rest; use until()")
        return _First(nn.Sequential(*self.stages[: exit + 1]), self.heads[exit])

    def rest(self, exit: int) -> nn.Sequential:
        """Return the graph behind an exit: its state -> the logits of the last exit."""
        stages = self.stages[self._checked(exit) + 1 :]
        if not len(stages):
            raise ValueError(f"behind exit {exit}, the last one, there is no rest; use until()")
        return nn.Sequential(*stages, self.heads[-1])

    def _checked(self, exit: int) -> int:
        if not 0 <= exit < len(self.stages):
            raise ValueError(f"exit {exit} of {len(self.stages)}; count from 0")
        return exit


class _First(nn.Module):
    """Stages and a head, both results returned."""

    def __init__(self, stages: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.stages, self.head = stages, head

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        state = self.stages(x)
        return self.head(state), state


def confident(logits: Tensor, threshold: float) -> Tensor:
    """Tell for each row whether its largest probability reaches a threshold: bool [batch].

    >>> import torch
    >>> confident(torch.tensor([[4.0, 0.0], [0.1, 0.0]]), threshold=0.9)
    tensor([ True, False])
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"the threshold is {threshold}; choose a probability from 0 to 1")
    return logits.softmax(-1).amax(-1) >= threshold
