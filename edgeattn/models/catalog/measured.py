"""What was measured of the zoo: measured.json beside this file, which `make zoo-report` writes.

A model that was never measured has no figures: they are None, never a guess.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeattn_runtime.errors import BadEnvironment

MEASURED = Path(__file__).with_name("measured.json")
SCHEMA_VERSION = 1
Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class EngineFigures:
    """The int8 file of one engine and its float twin, batch 1, one thread; None: there is no file.

    Attributes:
        fp32_bytes: Size of the float file.
        int8_bytes: Size of the int8 file.
        fp32_ms: Median latency of the fastest float file of that engine.
        int8_ms: Median latency of the int8 file, measured in turn with it.
        speedup: `fp32_ms / int8_ms`.
        accuracy: Of the int8 file on the test split, 0 to 1.
        drop_pp: Points of accuracy it loses there against PyTorch.
        drop_interval_pp: Their paired 95 % interval.
        top1_agreement: With PyTorch on the test split, 0 to 1.
        sqnr_db: Of the outputs, against PyTorch.
        recommended: Whether `edgeattn convert` recommends the int8 file for that engine.
    """

    fp32_bytes: int | None = None
    int8_bytes: int | None = None
    fp32_ms: float | None = None
    int8_ms: float | None = None
    speedup: float | None = None
    accuracy: float | None = None
    drop_pp: float | None = None
    drop_interval_pp: Interval | None = None
    top1_agreement: float | None = None
    sqnr_db: float | None = None
    recommended: bool = False


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was measured of one model with its trained weights.

    Attributes:
        accuracy: In PyTorch, on the test split, 0 to 1.
        accuracy_interval: Wilson's 95 % interval of it.
        test_samples: How many samples that is.
        checkpoint_sha256: Of the trained weights.
        checkpoint_bytes: Their size.
        created: The day.
        cpu: The machine's name for itself.
        cpu_class: Its kind, as policies name it.
        engines: By engine, "onnxruntime" and "ai-edge-litert".
    """

    accuracy: float
    accuracy_interval: Interval
    test_samples: int
    checkpoint_sha256: str
    checkpoint_bytes: int
    created: str
    cpu: str
    cpu_class: str
    engines: Mapping[str, EngineFigures]

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Figures:
        """Return what `to_json` wrote."""
        engines = {name: EngineFigures(**_paired(one)) for name, one in read["engines"].items()}
        return cls(**{**_paired(read), "engines": engines})

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return dataclasses.asdict(self)


def figures_of(name: str) -> Figures | None:
    """Return what was measured of a model of the zoo, or None."""
    return read_figures(MEASURED).get(name)


@functools.cache
def read_figures(path: Path) -> Mapping[str, Figures]:
    """Return the figures in a file by model; none where there is no file."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        if read["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema_version is {read['schema_version']}, not {SCHEMA_VERSION}")
        return {name: Figures.from_json(one) for name, one in read["models"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadEnvironment(
            f"{path.name}, which comes with edgeattn, cannot be read ({error}); install edgeattn "
            "again, or write it anew with `make zoo-report`"
        ) from error


def write_figures(models: Mapping[str, Figures], path: Path) -> None:
    """Write figures by model, so that `read_figures` gives them back."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "models": {name: one.to_json() for name, one in models.items()},
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _paired(read: Mapping[str, Any]) -> dict[str, Any]:
    """Return `read` with its intervals as tuples; JSON knows lists alone."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in read.items()}
