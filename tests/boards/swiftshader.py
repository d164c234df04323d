"""A GPU for machines without one: SwiftShader, Google's Vulkan driver that computes on the CPU.

Debian's chromium brings it, and a Vulkan loader beside it. WebGPU runs on it for real: the same
shaders as on a phone's GPU, in float32. Its times are no GPU's.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.boards.cache import REQUIRED, cache_folder, unavailable
from tests.boards.packages import unpacked

PACKAGE = "chromium-common"
FOLDER = "usr/lib/chromium"
ICD = "vk_swiftshader_icd.json"


def swiftshader() -> dict[str, str]:
    """Return the environment variables under which a new process finds the driver.

    The system's chromium comes first, then one unpacked before. Only where the boards are what is
    being tested it is downloaded.
    """
    system = Path("/") / FOLDER
    if (system / ICD).is_file():
        return _variables(system)
    folders = cache_folder().glob(f"packages-*-{PACKAGE}-*")
    unpacked_before = any(path.is_dir() and path.suffix != ".part" for path in folders)
    if not unpacked_before and not os.environ.get(REQUIRED):
        unavailable("no SwiftShader here; `apt install chromium` or `make test-boards` brings it")
    return _variables(unpacked(PACKAGE, alone=True) / FOLDER)


def _variables(folder: Path) -> dict[str, str]:
    return {"VK_ICD_FILENAMES": str(folder / ICD), "LD_LIBRARY_PATH": str(folder)}
