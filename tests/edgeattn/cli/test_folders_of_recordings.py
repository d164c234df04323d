from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeattn.models.checkpoint import load_checkpoint


def record(path: Path, hertz: float) -> None:
    """Write a third of a second of a tone, 16 bits at 8 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tone = 0.3 * 2**15 * np.sin(2 * np.pi * hertz / 8000 * np.arange(2700))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(tone.astype("<i2").tobytes())


@pytest.fixture
def words(tmp_path: Path) -> Path:
    for number in range(8):
        record(tmp_path / "words" / "low" / f"{number}.wav", 300 + 5 * number)
        record(tmp_path / "words" / "high" / f"{number}.wav", 1500 + 5 * number)
    return tmp_path / "words"


def test_a_model_of_keywords_trains_on_a_folder_of_recordings(
    edgeattn: Any, words: Path, tmp_path: Path
) -> None:
    (words / "low" / "torn.wav").write_bytes(b"RIFF\x24\x00\x00\x00WAVE half a word")
    typed = ("train", "keyword-hybrid", "--data", str(words), "--out", str(tmp_path / "out"))
    refused = edgeattn(*typed, "--epochs", "1")
    assert refused.exit_code == 3
    assert "1 of 17 recordings in words cannot be used, first low/torn.wav" in refused.stderr
    done = edgeattn(*typed, "--epochs", "1", "--skip-broken", "--json")
    assert done.exit_code == 0, done.stderr
    assert "1 broken files are left out:\n  low/torn.wav (cannot be read as WAV" in done.stderr
    checkpoint = load_checkpoint(Path(json.loads(done.stdout)["checkpoint"]))
    assert checkpoint.labels == ("high", "low")
    assert checkpoint.preprocessing == ({"step": "frames", "rate": 8000, "samples": 8000},)


def test_a_model_of_photos_does_not_take_recordings(
    edgeattn: Any, words: Path, tmp_path: Path
) -> None:
    done = edgeattn("train", "gesture-hybrid", "--data", str(words), "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert "words is a folder of recordings" in done.stderr
