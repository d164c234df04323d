"""An `.onnx` file -> a checked ModelProto with all weights inside and no functions."""

from __future__ import annotations

from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import checker, external_data_helper, inliner

from edgeattn.sources.file import checked_file
from edgeattn.sources.onnx_import.refusals import refuse
from edgeattn_runtime.errors import BrokenModel


def read_onnx(path: Path) -> onnx.ModelProto:
    """Return the model in `path`; external weights must lie in the same folder."""
    checked_file(path)
    try:
        model = onnx.load(path, load_external_data=False)
    except (DecodeError, ValueError, OSError) as error:
        raise BrokenModel(
            f"{path.name} is no complete ONNX file ({_line(error)}); copy or export it again"
        ) from error
    if not model.graph.node:
        raise BrokenModel(f"{path.name} holds no operators; copy or export it again")
    refuse(model, path.name)
    _load_external(model, path)
    try:
        checker.check_model(model)
        inlined = inliner.inline_local_functions(model) if model.functions else model
    except (checker.ValidationError, ValueError, RuntimeError) as error:
        raise BrokenModel(
            f"{path.name} breaks the ONNX rules: {_line(error)}; export it again"
        ) from error
    return inlined


def _load_external(model: onnx.ModelProto, path: Path) -> None:
    """Read the weights that lie in files of their own, none of them outside the folder."""
    folder = path.resolve().parent
    for tensor in external_data_helper._get_all_tensors(model):
        if not external_data_helper.uses_external_data(tensor):
            continue
        entries = {entry.key: entry.value for entry in tensor.external_data}
        location = entries.get("location", "")
        file = (folder / location).resolve()
        if not file.is_relative_to(folder) or file == folder:
            raise BrokenModel(
                f"{path.name} wants weight {tensor.name} from {location!r}, outside its own "
                "folder; such a file is never read"
            )
        if not file.is_file():
            raise BrokenModel(
                f"{path.name} keeps weight {tensor.name} in {location}, which is missing; copy it "
                "beside the model"
            )
        offset, length = (_whole(entries.get(key, "0")) for key in ("offset", "length"))
        size = file.stat().st_size
        if offset < 0 or length < 0 or offset + length > size:
            raise BrokenModel(
                f"{path.name} wants bytes {offset} to {offset + length} of {location} for weight "
                f"{tensor.name}, but that file has {size}; copy it again"
            )
        external_data_helper.load_external_data_for_tensor(tensor, str(folder))
        # Now that the numbers are inside, the checker need not look for the file.
        tensor.data_location = onnx.TensorProto.DEFAULT
        del tensor.external_data[:]


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text[:240] or type(error).__name__
