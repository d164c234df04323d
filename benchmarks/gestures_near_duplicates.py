"""How alike are the embedded photos across the split?

    python benchmarks/gestures_near_duplicates.py

Photos are reduced to 16x16 grey, centred and scaled to length 1; alike is their scalar product, 1
for the same picture in another light. Writes docs/measurements/gestures-near-duplicates.json.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from edgeattn.data.gestures import SPLITS, load_gestures

OUT = Path(__file__).resolve().parent.parent / "docs/measurements/gestures-near-duplicates.json"
THRESHOLDS = (0.99, 0.98, 0.97, 0.96, 0.95, 0.9)


def signatures(split: str) -> np.ndarray:
    """Return [photos, 256], each row of length 1."""
    grey = load_gestures(split).x["x"].mean(1)  # [photos, 64, 64]
    small = grey.reshape(-1, 16, 4, 16, 4).mean((2, 4)).reshape(len(grey), -1)
    small = small - small.mean(1, keepdims=True)
    return np.asarray(small / np.linalg.norm(small, axis=1, keepdims=True))


def main() -> None:
    each = {split: signatures(split) for split in SPLITS}
    whole = np.concatenate(list(each.values()))
    alike = whole @ whole.T
    np.fill_diagonal(alike, -1)
    seen = np.concatenate([each["train"], each["validation"]])
    nearest = (each["test"] @ seen.T).max(1)  # per test photo, the most alike one seen in training
    result = {
        "photos": {split: len(rows) for split, rows in each.items()},
        "most_alike_pair": round(float(alike.max()), 4),
        "most_alike_pair_across_the_test_split": round(float(nearest.max()), 4),
        "test_photos_with_a_likeness_above": {
            str(threshold): int((nearest > threshold).sum()) for threshold in THRESHOLDS
        },
    }
    OUT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
