"""The recordings of sp_sw_har as they were made, from CSV files or packed in one .npz."""

from __future__ import annotations

import csv
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgeattn.data.packed import bounds
from edgeattn_runtime.errors import BadData

DEVICES = ("phone", "watch")
SHORT_NAMES = {"sp": "phone", "sw": "watch"}
COLUMNS = ("x_acc", "y_acc", "z_acc", "x_gyro", "y_gyro", "z_gyro", "timestamp", "label")
LABELS = ("SEATED", "STANDING_UP", "WALKING", "TURNING", "SITTING_DOWN")
FILE_NAME = re.compile(r"s(?P<subject>\d\d)_(?P<execution>\d\d)_(?P<device>sp|sw)\.csv")
RATES = (90.0, 115.0)  # Hz, of everything in the data set, with room


@dataclass(frozen=True, eq=False, kw_only=True)
class Recording:
    """One execution of the activities, by one device.

    Attributes:
        subject: 1 to 23.
        execution: Counts what a person did, from 1.
        device: "phone" or "watch".
        start: Of the first sample, in seconds since 1970.
        seconds: From the first sample to the last.
        samples: float32 [time, 6], m/s^2 and rad/s.
        labels: int64 [time].
    """

    subject: int
    execution: int
    device: str
    start: float
    seconds: float
    samples: NDArray[np.float32]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse what was not recorded at about 100 Hz, or not labelled throughout."""
        if len(self.labels) != len(self.samples):
            raise BadData(
                f"recording s{self.subject:02d}_{self.execution:02d} of the {self.device} has "
                f"{len(self.samples)} samples and {len(self.labels)} labels; place the file again"
            )
        rate = (len(self.samples) - 1) / self.seconds if self.seconds > 0 else 0.0
        if not RATES[0] <= rate <= RATES[1]:
            raise BadData(
                f"recording s{self.subject:02d}_{self.execution:02d} of the {self.device} has "
                f"{rate:.1f} samples per second, expected about 100; place the file again"
            )


def read_recordings(folder: Path) -> list[Recording]:
    """Return every recording, from har.npz where it lies there, else from the CSV files."""
    packed = folder / "har.npz"
    if packed.is_file():
        return _read_packed(packed)
    named = [(path, FILE_NAME.fullmatch(path.name)) for path in sorted(folder.glob("s*/*.csv"))]
    found = [_read_csv(path, match) for path, match in named if match]
    if not found:
        raise BadData(f"{folder} holds no file like s01/s01_01_sp.csv; place the recordings there")
    return found


def _read_packed(path: Path) -> list[Recording]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            content = {name: archive[name] for name in archive.files}
        later, imu = content["dt_ms"], content["imu"]
        places = bounds(content["offsets"], len(imu), path)
        # dt_ms[i] is the time since the sample before.
        return [
            Recording(
                subject=int(content["subject"][row]),
                execution=int(content["execution"][row]),
                device=SHORT_NAMES[str(content["device"][row])],
                start=int(content["start_ms"][row]) / 1000,
                seconds=int(later[start + 1 : end].sum()) / 1000,
                samples=imu[start:end],
                labels=content["labels"][start:end].astype(np.int64),
            )
            for row, (start, end) in enumerate(places)
        ]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise BadData(f"{path} cannot be read ({error}); place the file again") from error


def _read_csv(path: Path, match: re.Match[str]) -> Recording:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [_parsed(row, line) for line, row in enumerate(csv.DictReader(file), 2)]
    except (OSError, ValueError, csv.Error) as error:
        raise BadData(
            f"{path} cannot be read ({error}); it needs the columns {', '.join(COLUMNS)} and the "
            f"labels {', '.join(LABELS)}: place the file again"
        ) from error
    if len(rows) < 2:
        raise BadData(f"{path} holds {len(rows)} samples; place the file again")
    samples, times, labels = zip(*rows, strict=True)
    return Recording(
        subject=int(match["subject"]),
        execution=int(match["execution"]),
        device=SHORT_NAMES[match["device"]],
        start=times[0] / 1000,
        seconds=(times[-1] - times[0]) / 1000,
        samples=np.array(samples, np.float32),
        labels=np.array(labels, np.int64),
    )


def _parsed(row: dict[str, str], line: int) -> tuple[list[float], int, int]:
    """Return channels, time stamp in milliseconds, and the label's number."""
    try:
        channels = [float(row[name]) for name in COLUMNS[:6]]
        return channels, int(row["timestamp"]), LABELS.index(row["label"])
    except (KeyError, TypeError, ValueError) as error:
        shown = ", ".join(map(str, row.values()))[:60]
        raise ValueError(f"line {line} is {shown!r}") from error
