from __future__ import annotations

import pytest

from edgeattn.audit.signal import MOST_TOKENS, Signal

SIGNALS = {
    "photos": Signal("photos", (3, 64, 64), 10),
    "odd photos": Signal("photos", (1, 30, 47), 10),
    "audio": Signal("audio", (8000,), 10),
    "motion": Signal("motion", (6, 200), 5),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_a_map_is_halved_until_its_tokens_are_few_and_no_further(name: str) -> None:
    signal = SIGNALS[name]
    rows, columns = signal.tokens
    assert 0 < rows * columns <= MOST_TOKENS
    times = 2 if signal.flat else 4
    assert rows * columns * times > MOST_TOKENS / 2  # one halving less would be too many


def test_photos_and_spectrograms_are_looked_at_in_two_directions() -> None:
    assert [SIGNALS[name].flat for name in ("photos", "audio", "motion")] == [False, False, True]
    assert SIGNALS["audio"].grid == (61, 40)


def test_every_piece_of_a_text_is_a_token() -> None:
    signal = Signal("text", (128,), 5, 4096, masked=True)
    assert signal.halvings == 0
    assert signal.tokens == (1, 128)
