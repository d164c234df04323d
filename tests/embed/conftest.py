"""Kits of real bundles, and the tools that build them; what is missing skips with its reason."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from edgeattn.embed.embed import embed
from edgeattn_runtime.bundle import open_bundle
from tests.boards.bundles import board_bundle
from tests.runtime.conftest import (  # noqa: F401  # fixtures: a tiny real bundle
    bundle_path,
    edit_manifest,
    images,
    make_bundle,
    onnx_bytes,
    tflite_bytes,
    tiny,
)

REQUIRED = "EDGEATTN_EMBED_REQUIRED"  # set by `make test-embed`: what is missing fails there


def unavailable(reason: str) -> NoReturn:
    """Skip the test and say why; fail it where the kits are what is being tested."""
    if os.environ.get(REQUIRED):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def tool(*names: str) -> str:
    """Return the path of the first of these programs that is there."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        unavailable(f"{' or '.join(names)} is not installed")
    return found


@pytest.fixture(scope="session")
def gesture_bundle() -> Path:
    """A bundle that takes photos, converted once and kept in the cache."""
    return board_bundle()


@pytest.fixture
def make_kit(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a kit and returns its folder."""

    def make(bundle: Path, target: str, **choices: str) -> Path:
        return embed(open_bundle(bundle), target, tmp_path / f"kit-{target}", **choices).folder

    return make
