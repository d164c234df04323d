"""Free Spoken Digit Dataset: 3,000 spoken digits of six speakers, 8 kHz, CC BY-SA 4.0.

github.com/Jakobovski/free-spoken-digit-dataset, recordings/{digit}_{speaker}_{index}.wav. The
official split is by index: 0-4 of each speaker and digit test, 5-49 train.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgeattn.data.data import Data
from edgeattn.data.packed import bounds
from edgeattn.data.sound import check_audible, count_clipped, fit_length
from edgeattn.data.wav import read_wav
from edgeattn_runtime.errors import BadData

RATE = 8000
SAMPLES = RATE  # one second: 99.3 % of the recordings are no longer
TEST_BELOW = 5  # index 0-4 tests
VALIDATION_BELOW = 10  # and 5-9 of those who train validates
DIGITS = tuple("0123456789")
FILE_NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>[a-z]+)_(?P<index>\d+)\.wav")


@dataclass(frozen=True, eq=False)
class Recordings:
    """Spoken digits as they were recorded.

    Attributes:
        sound: float32 [samples] in [-1, 1], one per recording.
        digit: int64 [N].
        speaker: str [N].
        index: int64 [N], counts the takes of a speaker and digit.
    """

    sound: list[NDArray[np.float32]]
    digit: NDArray[np.int64]
    speaker: NDArray[np.str_]
    index: NDArray[np.int64]

    def name(self, row: int) -> str:
        """Return the file name of a recording."""
        return f"{self.digit[row]}_{self.speaker[row]}_{self.index[row]}.wav"


def load_fsdd(folder: Path, split: str, variant: str | None = None) -> Data:
    """Return float32 [N, 8000] in [-1, 1] with labels.

    Args:
        folder: With recordings/*.wav, or with the packed fsdd_8k.npz.
        split: Of the official 2,700 training recordings, index 5-9 validates: 2,400 / 300 / 300.
        variant: A speaker: the other five train (index 10-49 and 0-4: 2,250) and validate (250),
            and all 500 recordings of this one test.
    """
    recordings = _read(folder)
    chosen = np.flatnonzero(_in_split(recordings, split, variant))
    if not len(chosen):
        raise BadData(
            f"{folder} holds no {split} recordings among its {len(recordings.sound)}; "
            "place the whole data set there"
        )
    sounds = [recordings.sound[row] for row in chosen]
    check_audible(sounds, [recordings.name(int(row)) for row in chosen])
    clipped = count_clipped(sounds)
    return Data(
        {"x": np.stack([fit_length(sound, SAMPLES) for sound in sounds])},
        recordings.digit[chosen],
        DIGITS,
        f"fsdd {split}"
        + (f" without {variant}" if variant and split != "test" else "")
        + (f" of {variant}" if variant and split == "test" else "")
        + (f" ({clipped} clipped)" if clipped else ""),
    )


def _in_split(recordings: Recordings, split: str, speaker: str | None) -> NDArray[np.bool_]:
    early = recordings.index < TEST_BELOW
    held_back = ~early & (recordings.index < VALIDATION_BELOW)
    if speaker is None:
        parts = {"test": early, "validation": held_back, "train": ~early & ~held_back}
    else:
        others = recordings.speaker != speaker
        parts = {
            "test": ~others,
            "validation": others & held_back,
            "train": others & ~held_back,
        }
    return parts[split]


def _read(folder: Path) -> Recordings:
    packed = folder / "fsdd_8k.npz"
    return _read_packed(packed) if packed.is_file() else _read_files(folder / "recordings")


def _read_packed(path: Path) -> Recordings:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            pcm = archive["pcm"]
            sound = [
                pcm[start:end].astype(np.float32) / np.float32(2**15)
                for start, end in bounds(archive["offsets"], len(pcm), path)
            ]
            return Recordings(
                sound,
                archive["labels"].astype(np.int64),
                archive["speakers"],
                archive["index"].astype(np.int64),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise BadData(f"{path} cannot be read ({error}); place the file again") from error


def _read_files(folder: Path) -> Recordings:
    named = [(path, FILE_NAME.fullmatch(path.name)) for path in sorted(folder.glob("*.wav"))]
    found = [(path, match) for path, match in named if match]
    if not found:
        raise BadData(
            f"{folder} holds no file like 7_theo_12.wav; place the data set's recordings there"
        )
    return Recordings(
        [read_wav(path, RATE) for path, _ in found],
        np.array([int(match["digit"]) for _, match in found], np.int64),
        np.array([match["speaker"] for _, match in found]),
        np.array([int(match["index"]) for _, match in found], np.int64),
    )
