"""The library as `make setup` built it, on every instruction set that this CPU offers."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

INSTRUCTION_SETS = (
    "portable",
    "avx2",
    "avx-vnni",
    "avx512-vnni",
    "avx512-vbmi",
    "neon",
    "neon-dot",
    "neon-i8mm",
)


@pytest.fixture(scope="session")
def kernels() -> ModuleType:
    """The package, with its library loaded."""
    package: ModuleType = pytest.importorskip(
        "edgeattn_kernels", reason="edgeattn-kernels is not installed"
    )
    try:
        package.version()
    except package.NoKernels as error:
        pytest.skip(str(error))
    return package


@pytest.fixture(params=INSTRUCTION_SETS)
def instruction_set(request: pytest.FixtureRequest, kernels: ModuleType) -> Iterator[str]:
    """One instruction set after the other; those that this CPU lacks are skipped."""
    before = kernels.instruction_set()
    try:
        kernels.choose_instruction_set(request.param)
    except kernels.Refused:
        pytest.skip(f"this CPU has no {request.param}, or it is no such CPU")
    yield request.param
    kernels.choose_instruction_set(before)
