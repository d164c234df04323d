"""A model that must guess what was hidden from it: the pretext of self-supervised pre-training.

    photos   patches at the photo's mean, guessed as pixels            L1, as in SimMIM
    audio    frames of the log-mel spectrogram at its mean, guessed    L1
    motion   stretches at zero, guessed as samples                     L1
    text     pieces that became [MASK], guessed as pieces              cross-entropy, as in BERT

One hidden piece per token that leaves the last block of `blocks`, and one Linear that guesses it
from that token. Hiding happens in the input (or behind the log-mel front end), so that a stem of
convolutions cannot look past it, and no layer has to know of it.

Source: Xie et al. 2022, "SimMIM", arXiv:2111.09886, whose head is one Linear too and which hides
60 %; Devlin et al. 2018, "BERT", 15 %, here without its 10 % random and 10 % kept pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from edgeattn.models.log_mel import LogMel
from edgeattn.training.augment_text import FIRST_PIECE
from edgeattn.training.samples import Samples
from edgeattn_runtime.errors import BadUsage

HIDDEN = {"photos": 0.6, "audio": 0.5, "motion": 0.5, "text": 0.15}  # share of the tokens
MASK = 3  # [MASK] in edgeattn.data.wordpiece
EXAMPLES = 8


class Masked(nn.Module):
    """An encoder, and a head that guesses what was hidden from it.

    `forward` takes the encoder's inputs and returns the loss of a batch. What is hidden is drawn
    from PyTorch's global generator.
    """

    def __init__(self, encoder: nn.Module, samples: Samples, hidden: float | None = None) -> None:
        """Look at some samples to learn how many tokens there are and what each stands for.

        Args:
            encoder: With `blocks`, a sequence of layers whose last returns [batch, tokens, width].
            samples: All of them: a head for text answers with every piece that occurs.
            hidden: Share of the tokens; None for the usual one of the kind.
        """
        super().__init__()
        self.encoder, self.kind = encoder, samples.kind
        self.hidden = HIDDEN[samples.kind] if hidden is None else hidden
        example = samples.rows(slice(0, EXAMPLES))
        if samples.kind == "audio" and _front_end(encoder) is None:
            raise BadUsage(
                "--pretrain masked hides frames of a log-mel spectrogram, and this model has no "
                "LogMel; train it without"
            )
        encoder.eval()
        with torch.no_grad(), _seen(encoder) as seen:
            encoder(*example.x)
        tokens = seen["tokens"]
        content = seen.get("spectra", example.x[0])
        self.tokens = _grid(content, tokens.shape[1], self.kind)
        pieces = 1 + int(samples.x[0].max()) if self.kind == "text" else 0
        size = pieces or _cut(content[:1], self.tokens, self.kind).shape[2]
        self.head = nn.Linear(tokens.shape[2], size)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the mean loss over what was hidden in a batch."""
        first, *rest = inputs
        if self.kind == "text":
            chance = torch.rand(first.shape)
            hidden = (chance < self.hidden) & (first >= FIRST_PIECE)
            guess = self._guess((first.masked_fill(hidden, MASK), *rest))
            each = cross_entropy(guess.flatten(0, 1), first.flatten().long(), reduction="none")
            return (each * hidden.flatten()).sum() / hidden.sum().clamp_min(1)
        count = self.tokens[0] * self.tokens[1]
        hidden = torch.rand(len(first), count).argsort(1) < max(1, round(self.hidden * count))
        if self.kind == "audio":
            with _hiding(self.encoder, hidden, self.tokens) as kept:
                guess = self._guess(inputs)
            target = _cut(kept[0], self.tokens, self.kind)
        else:
            target = _cut(first, self.tokens, self.kind)
            guess = self._guess((_hide(first, hidden, self.tokens, self.kind), *rest))
        return (guess - target).abs().mean(2)[hidden].mean()

    def _guess(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Return what each token's content may be, [batch, tokens, size]."""
        with _seen(self.encoder) as seen:
            self.encoder(*inputs)
        tokens = seen["tokens"][:, -self.tokens[0] * self.tokens[1] :]  # a class token comes first
        guess: Tensor = self.head(tokens)
        return guess


def _grid(content: Tensor, count: int, kind: str) -> tuple[int, int]:
    """Return rows and columns of `count` tokens over an input; one more is a class token.

    Whole pieces are looked for first, then pieces of which the last sticks out or some rest is left
    over, as after convolutions with stride.
    """
    height, width = content.shape[2:] if kind == "photos" else (1, _length(content, kind))
    for whole in (True, False):
        for tokens in (count, count - 1):
            rows = round((tokens * height / width) ** 0.5) if kind == "photos" else 1
            columns = tokens // max(1, rows)
            if kind == "text" and columns != width:
                continue
            fits = _fits(height, rows, whole) and _fits(width, columns, whole)
            square = kind != "photos" or (fits and round(height / rows) == round(width / columns))
            if fits and square and tokens == rows * columns:
                return rows, columns
    raise BadUsage(
        f"--pretrain masked cannot tell which part of a sample {list(content.shape[1:])} each of "
        f"{count} tokens stands for; train this model without"
    )


def _length(content: Tensor, kind: str) -> int:
    """Return samples, frames or pieces of each sample."""
    return content.shape[2 if kind == "motion" else 1]


def _fits(side: int, count: int, whole: bool) -> bool:
    """Return whether `count` pieces cover a side: exactly, or but for less than one of them."""
    if count < 1 or (piece := round(side / count)) < 1:
        return False
    return abs(piece * count - side) < (1 if whole else piece)


def _cut(content: Tensor, tokens: tuple[int, int], kind: str) -> Tensor:
    """Return what each token stands for, [batch, tokens, size]."""
    if kind == "audio":
        content = content.transpose(1, 2)  # [batch, mels, frames]
    if kind != "photos":
        content = content[:, :, None]  # [batch, channels, 1, time]
    for axis, count in zip((2, 3), tokens, strict=True):
        side = content.shape[axis]
        places = torch.arange(count * round(side / count)).clamp_max(side - 1)
        content = content.index_select(axis, places)  # cut off, or its last row or column repeated
    rows, columns = tokens
    high, wide = content.shape[2] // rows, content.shape[3] // columns
    batch, channels = content.shape[:2]
    parts = content.reshape(batch, channels, rows, high, columns, wide)
    return parts.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


def _hide(content: Tensor, hidden: Tensor, tokens: tuple[int, int], kind: str) -> Tensor:
    """Return a copy with the hidden parts at the mean of the sample, or at zero for motion."""
    rows, columns = tokens
    where = hidden.view(-1, 1, rows, columns)
    if kind == "photos":
        height, width = content.shape[2:]
        where = _stretched(_stretched(where, 2, height), 3, width)
        return torch.where(where, content.mean((1, 2, 3), keepdim=True), content)
    if kind == "motion":
        return content.masked_fill(_stretched(where[:, 0], 2, content.shape[2]), 0.0)
    where = _stretched(where[:, 0, 0], 1, content.shape[1])[:, :, None]  # audio: [batch, frames, 1]
    return torch.where(where, content.mean((1, 2), keepdim=True), content)


def _stretched(where: Tensor, axis: int, length: int) -> Tensor:
    """Repeat each token along `axis` to `length`; what is left over is not hidden."""
    repeated = where.repeat_interleave(round(length / where.shape[axis]), axis)
    repeated = repeated.narrow(axis, 0, min(length, repeated.shape[axis]))
    shape = list(repeated.shape)
    shape[axis] = length - repeated.shape[axis]
    return torch.cat([repeated, repeated.new_zeros(shape)], axis)


def _front_end(model: nn.Module) -> LogMel | None:
    return next((layer for layer in model.modules() if isinstance(layer, LogMel)), None)


@contextmanager
def _seen(encoder: nn.Module) -> Iterator[dict[str, Tensor]]:
    """Keep what leaves the last block, and the front end if there is one."""
    blocks = getattr(encoder, "blocks", None)
    if not isinstance(blocks, nn.Sequential | nn.ModuleList) or not len(blocks):
        raise BadUsage(
            "--pretrain masked needs a model with a sequence of transformer `blocks`, which this "
            "one has not; train it without"
        )
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Any:
        def hook(layer: nn.Module, inputs: Any, output: Any) -> None:
            seen[name] = output

        return hook

    hooks = [blocks[-1].register_forward_hook(keep("tokens"))]
    if (front := _front_end(encoder)) is not None:
        hooks.append(front.register_forward_hook(keep("spectra")))
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def _hiding(encoder: nn.Module, hidden: Tensor, tokens: tuple[int, int]) -> Iterator[list[Tensor]]:
    """Hide frames of what leaves the front end, and keep what it was."""
    kept: list[Tensor] = []

    def hook(layer: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        kept.append(output.detach())
        return _hide(output, hidden, tokens, "audio")

    front = _front_end(encoder)
    if front is None:
        raise BadUsage("--pretrain masked needs a model with a LogMel; train it without")
    handle = front.register_forward_hook(hook)
    try:
        yield kept
    finally:
        handle.remove()
