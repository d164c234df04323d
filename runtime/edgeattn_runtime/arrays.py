"""Read and write .npz files; those to be read may come from anywhere: no pickles, no bombs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgeattn_runtime.errors import BadInput

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array, Arrays

LARGEST_BYTES = 1 << 30  # unpacked; eval.npz is at most 1 MB by design


def read_npz(
    path: Path, *, error: type[BadInput], largest_bytes: int = LARGEST_BYTES
) -> dict[str, Array]:
    """Return all arrays of an .npz.

    Args:
        path: The file.
        error: What to raise: `BrokenBundle` inside a bundle, `BadData` for a user's own file.
        largest_bytes: Refuse to unpack more than this, before unpacking any.
    """
    import zipfile  # 4 ms, only when arrays are read

    if not path.is_file():
        raise error(f"there is no file {path}; check the path")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > largest_bytes:
            raise error(
                f"{path.name} unpacks to {unpacked / 1e6:.0f} MB, the limit is "
                f"{largest_bytes / 1e6:.0f} MB; pass fewer samples"
            )
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except BadInput:
        raise
    except Exception as cause:  # zipfile, zlib, NumPy and EOF errors share no base class
        raise error(
            f"{path.name} is no readable .npz ({cause}); it may be truncated or hold Python "
            "objects: write it again with `numpy.savez`, copy it again if it was copied"
        ) from cause


def write_npz(path: Path, arrays: Arrays) -> None:
    """Write a compressed .npz; the same arrays give the same bytes (entries carry no time)."""
    import zipfile

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asanyarray(array), allow_pickle=False)
