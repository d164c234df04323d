"""Samples from an `.npz` file: `x` or inputs by name, `y` for labels, `labels` for class names."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from edgeattn.data.data import Data
from edgeattn_runtime.errors import BadData

BYTES_LIMIT = 8 * 2**30  # unpacked; a zip of zeros can claim a thousand times its own size
NOT_INPUTS = ("y", "labels")


def load_archive(path: Path) -> Data:
    """Return the samples in an `.npz`; nothing in it is ever unpickled.

    Floating-point arrays come back as float32, what every engine takes; whole numbers stay as
    they are.
    """
    arrays = _read(path)
    names = arrays.pop("labels", None)
    y = arrays.pop("y", None)
    if not arrays:
        raise BadData(
            f"{path.name} holds no input array, only {', '.join(NOT_INPUTS)} or nothing; "
            "save the samples as `x`, or under the names of the model's inputs"
        )
    inputs = {name: _as_float32(name, array, path) for name, array in arrays.items()}
    return Data(inputs, y, None if names is None else _class_names(names, path), path.name)


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            unpacked = sum(info.file_size for info in members)
            if unpacked > BYTES_LIMIT:
                raise BadData(
                    f"{path.name} unpacks to {unpacked / 2**30:.1f} GiB, more than the "
                    f"{BYTES_LIMIT / 2**30:.0f} GiB read at once; hand in fewer samples"
                )
            arrays = {}
            for info in members:
                with archive.open(info) as member:
                    name = info.filename.removesuffix(".npy")
                    arrays[name] = _read_array(member, info.file_size, name, path)
            return arrays
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise BadData(
            f"{path.name} is no complete .npz file ({error}); write it again with numpy.savez"
        ) from error
    except RuntimeError as error:  # zipfile raises it for encrypted members
        raise BadData(f"{path.name} cannot be read: {error}") from error


def _read_array(member: IO[bytes], size: int, name: str, path: Path) -> NDArray[Any]:
    try:
        version = np.lib.format.read_magic(member)
        # NumPy writes version 2 for headers above 64 KiB and 3 for field names beyond Latin-1;
        # plain arrays need neither.
        if version != (1, 0):
            raise ValueError(f"header version {version[0]}.{version[1]}")
        shape, by_column, dtype = np.lib.format.read_array_header_1_0(member)
    except ValueError as error:
        raise BadData(
            f"{path.name}: `{name}` is no plain NumPy array; write it again with numpy.savez"
        ) from error
    if dtype.hasobject:
        raise BadData(
            f"{path.name}: `{name}` holds Python objects, which are never unpickled; "
            "store a plain array of numbers, all samples of one shape"
        )
    count = 1
    for length in shape:
        count *= length
    if min(shape, default=0) < 0 or count * dtype.itemsize > size:
        raise BadData(
            f"{path.name}: `{name}` claims shape {list(shape)} of {dtype}, but only {size} bytes "
            "lie behind it; write the file again"
        )
    content = member.read(count * dtype.itemsize)
    if len(content) < count * dtype.itemsize:
        raise EOFError(f"`{name}` ends after {len(content)} of {count * dtype.itemsize} bytes")
    array = np.frombuffer(content, dtype)
    return array.reshape(shape, order="F" if by_column else "C")


def _as_float32(name: str, array: NDArray[Any], path: Path) -> NDArray[Any]:
    if array.dtype.kind != "f" or array.dtype == np.float32:
        return array
    with np.errstate(over="ignore"):
        narrow = array.astype(np.float32)
    if (np.isinf(narrow) & np.isfinite(array)).any():
        raise BadData(
            f"{path.name}: `{name}` holds {array.dtype} values beyond float32 (3.4e38); scale them"
        )
    return narrow


def _class_names(names: NDArray[Any], path: Path) -> tuple[str, ...]:
    if names.ndim != 1 or names.dtype.kind != "U":
        raise BadData(
            f"{path.name}: `labels` is {names.dtype} of shape {list(names.shape)}; it holds one "
            "text per class, while the class of each sample is called `y`"
        )
    return tuple(str(name) for name in names)
