from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgeattn.embed.kit import Kit, kit_of
from edgeattn_runtime.bundle import open_bundle
from tests.runtime.conftest import (  # noqa: F401  # fixtures: a tiny real bundle
    bundle_path,
    edit_manifest,
    images,
    make_bundle,
    onnx_bytes,
    tflite_bytes,
    tiny,
)


@pytest.fixture
def make_kit(make_bundle: Callable[..., Path]) -> Callable[..., Kit]:  # noqa: F811
    """Return a function that makes the kit of a tiny bundle, with changes to its manifest."""

    def make(**changes: Any) -> Kit:
        return kit_of(open_bundle(make_bundle(**changes)), formats=("onnx", "tflite"))

    return make
