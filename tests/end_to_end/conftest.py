"""What the end-to-end tests share: photos in class folders, and short measurements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from edgeattn.cli.main import main
from edgeattn.data.gestures import load_gestures
from edgeattn_converters import verify


@pytest.fixture(autouse=True, scope="session")
def _short_measurements() -> Any:
    """Time a few rounds only: these tests read the report, not the clock."""
    patch = pytest.MonkeyPatch()
    for name, value in {"WARMUP": 1, "ITERATIONS": 10, "BUDGET_S": 0.5}.items():
        patch.setattr(verify, name, value)
    patch.setattr(verify, "peak_rss_mb", lambda path, threads: 1.0)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def photos(tmp_path_factory) -> Path:
    """Real gesture photos: calib/ and eval/, each with ten class folders of PNGs."""
    root = tmp_path_factory.mktemp("photos")
    for folder, split, each in (("calib", "train", 2), ("eval", "test", 4)):
        data = load_gestures(split)
        for label, name in enumerate(data.labels):
            place = root / folder / name
            place.mkdir(parents=True)
            for row in np.flatnonzero(data.y == label)[:each]:
                pixels = np.rint(data.x["x"][row].transpose(1, 2, 0) * 255).astype(np.uint8)
                Image.fromarray(pixels).save(place / f"{row}.png")
    return root


@pytest.fixture(scope="session")
def edgeattn() -> Any:
    """Run `edgeattn` inside this process."""

    def run(*words: Any) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words])

    return run


def report_of(result: Result) -> dict[str, Any]:
    """Return the report that a command with --json printed."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    report: dict[str, Any] = json.loads(result.stdout)
    return report
