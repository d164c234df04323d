"""Phone in the pocket and watch on the wrist: five activities of 23 people, CC BY 4.0.

github.com/GeoTecINIT/sp-sw-har-dataset; Matey-Sanz, Casteleyn, Granell, Data in Brief 2023, 109809.
Accelerometer (m/s^2) and gyroscope (rad/s), three axes each. Nobody who tests or validates is seen
in training.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edgeattn.data.data import Data
from edgeattn.data.motion import DEVICES, LABELS, Recording, read_recordings
from edgeattn.data.windows import Labels, Samples, even_rate, windows
from edgeattn_runtime.errors import BadData

RATE = 100.0  # Hz; the phones deliver 102.5, the watches 104.3
LENGTH = 200  # samples: two seconds
HOPS = {"train": 50, "validation": 100, "test": 100}  # a start every half second, every second

# In the order of sha256("sp_sw_har s01") .. ("sp_sw_har s23"): the first five test, three validate.
TEST_SUBJECTS = frozenset({4, 12, 16, 18, 21})
VALIDATION_SUBJECTS = frozenset({11, 19, 23})

# Over all samples of the fifteen who train; a test compares them with the recordings.
MEAN = {
    "phone": (-1.023, 0.099, -1.346, -0.007, 0.062, 0.038),
    "watch": (-8.006, -3.496, 1.711, 0.018, -0.024, 0.029),
}
STD = {
    "phone": (4.579, 8.443, 4.509, 0.987, 1.443, 0.747),
    "watch": (3.418, 2.609, 3.736, 1.636, 0.996, 1.237),
}


def load_sp_sw_har(folder: Path, split: str, variant: str = "phone") -> Data:
    """Return float32 [N, channels, 200], normalised, with labels.

    Args:
        folder: With the packed har.npz, or with s01/s01_01_sp.csv and so on.
        split: 15 people train, 3 validate, 5 test. Windows of two seconds start every half second
            in training, every second otherwise, so neighbours share samples: an interval that
            takes them as independent is too narrow.
        variant: "phone" or "watch", 6 channels; "both", the phone's 6 and then the watch's.
    """
    pairs = [
        windows(*signal, LENGTH, HOPS[split])
        for signal in _signals(read_recordings(folder), split, variant)
    ]
    if not pairs:
        raise BadData(f"{folder} holds no {split} recordings; place the whole data set there")
    x = np.concatenate([cut for cut, _ in pairs])
    y = np.concatenate([most for _, most in pairs])
    mean, std = normalisation(variant)
    x = (x - np.array(mean, np.float32)[:, None]) / np.array(std, np.float32)[:, None]
    return Data({"x": x}, y, LABELS, f"sp_sw_har {variant} {split}")


def normalisation(variant: str = "phone") -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return each channel's mean and deviation, as the manifest's `normalize` has them."""
    devices = DEVICES if variant == "both" else (variant,)
    return sum((MEAN[name] for name in devices), ()), sum((STD[name] for name in devices), ())


def people(split: str) -> frozenset[int]:
    """Return the subjects of a split."""
    aside = {"test": TEST_SUBJECTS, "validation": VALIDATION_SUBJECTS}
    return aside.get(split) or frozenset(range(1, 24)) - TEST_SUBJECTS - VALIDATION_SUBJECTS


def _signals(
    recordings: list[Recording], split: str, variant: str
) -> Iterator[tuple[Samples, Labels]]:
    """Yield samples [time, channels] at RATE and labels [time], one pair per execution."""
    chosen = [recording for recording in recordings if recording.subject in people(split)]
    if variant != "both":
        for recording in chosen:
            if recording.device == variant:
                yield even_rate(recording.samples, recording.labels, recording.seconds, RATE)
        return
    watches = {(r.subject, r.execution): r for r in chosen if r.device == "watch"}
    for phone in chosen:
        watch = watches.get((phone.subject, phone.execution))
        if phone.device == "phone" and watch is not None:
            yield _together(phone, watch)


def _together(phone: Recording, watch: Recording) -> tuple[Samples, Labels]:
    """Return what both recorded at the same time, side by side; the labels are the phone's.

    The clocks were set over the network: starts differ by up to a second, and are believed.
    """
    start = max(phone.start, watch.start)
    signals = []
    for recording in (phone, watch):
        samples, labels = even_rate(recording.samples, recording.labels, recording.seconds, RATE)
        late = round((start - recording.start) * RATE)
        signals.append((samples[late:], labels[late:]))
    count = min(len(samples) for samples, _ in signals)
    both = np.concatenate([samples[:count] for samples, _ in signals], axis=1)
    return both, signals[0][1][:count]
