"""Texts -> a WordPiece vocabulary: the same one on every machine.

Starting from letters, the pair of neighbouring pieces that occurs most often becomes a piece, until
the vocabulary is full. Pairs that occur equally often are taken in alphabetical order; where a
library breaks such ties by the order of a hash map (huggingface/tokenizers issue 1794), two
trainings give two vocabularies.

Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", which
`tokenizers` uses for WordPiece as well.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

from edgeattn.data.wordpiece import INSIDE, SPECIAL, WordPiece, words
from edgeattn_runtime.errors import BadUsage

Pair = tuple[str, str]
RAREST = 2  # a pair seen once teaches nothing about another text


def train_wordpiece(texts: Iterable[str], size: int) -> WordPiece:
    """Return a vocabulary of at most `size` pieces."""
    counts = Counter(word for text in texts for word in words(text))
    spelt = {word: [word[0], *(INSIDE + letter for letter in word[1:])] for word in counts}
    letters = sorted({piece for pieces in spelt.values() for piece in pieces})
    vocabulary = dict.fromkeys((*SPECIAL, *letters))
    if len(vocabulary) > size:
        raise BadUsage(
            f"a vocabulary of {size} is too small: letters and special pieces are "
            f"{len(vocabulary)} already; give more"
        )
    found_in: defaultdict[Pair, set[str]] = defaultdict(set)
    frequency: Counter[Pair] = Counter()
    for word, pieces in spelt.items():
        for pair in pairwise(pieces):
            frequency[pair] += counts[word]
            found_in[pair].add(word)
    heap = [(-count, pair) for pair, count in frequency.items()]
    heapq.heapify(heap)
    while heap and len(vocabulary) < size:
        count, pair = heapq.heappop(heap)
        if -count != frequency[pair]:
            continue  # it changed since; its new count lies deeper in the heap
        if -count < RAREST:
            break
        vocabulary[_joined(pair)] = None
        changed: set[Pair] = set()
        for word in found_in.pop(pair):
            changed |= _merge(word, pair, spelt, frequency, found_in, counts[word])
        for other in changed - {pair}:
            heapq.heappush(heap, (-frequency[other], other))
    return WordPiece(tuple(vocabulary))


def _merge(
    word: str,
    pair: Pair,
    spelt: dict[str, list[str]],
    frequency: Counter[Pair],
    found_in: defaultdict[Pair, set[str]],
    count: int,
) -> set[Pair]:
    """Join `pair` wherever it stands in a word, and return the pairs that came or went."""
    before = spelt[word]
    after: list[str] = []
    for piece in before:
        # A piece just joined ends where the next begins, so it is never joined twice by one pair.
        if after and (after[-1], piece) == pair:
            after[-1] = _joined(pair)
        else:
            after.append(piece)
    spelt[word] = after
    old, new = (list(pairwise(spelling)) for spelling in (before, after))
    for other in old:
        frequency[other] -= count
    for other in new:
        frequency[other] += count
        found_in[other].add(word)
    for other in set(old) - set(new):
        found_in[other].discard(word)
    return set(old) | set(new)


def _joined(pair: Pair) -> str:
    return pair[0] + pair[1].removeprefix(INSIDE)
