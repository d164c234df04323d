"""Pairs of engine and file that must not be deployed, though both sides would accept them."""

from __future__ import annotations

from edgeattn.deploy.choice import EngineChoice
from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.errors import BadEnvironment
from edgeattn_runtime.model_file import ModelFile

WEIGHTED = ("FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D")


def require_sound(bundle: Bundle, choice: EngineChoice) -> None:
    """Refuse dynamic-range files on tflite-runtime.

    tflite-runtime 2.14 computes garbage, without an error, where float activations meet int8
    weights with a scale for each channel. Source: measured on armv7l and aarch64 under emulation.

    Raises:
        BadEnvironment: The bundle has such a file.
    """
    if choice.engine != "tflite-runtime":
        return
    wrong = [file.name for file in choice.files if has_dynamic_range(bundle, file)]
    if wrong:
        raise BadEnvironment(
            f"{', '.join(wrong)} has dynamic-range layers, which tflite-runtime "
            f"{choice.version}, the engine for this board, computes wrongly without saying so; "
            "convert with `--recipe int8` (static ranges), or use a 64-bit system with LiteRT"
        )


def has_dynamic_range(bundle: Bundle, file: ModelFile) -> bool:
    """Return whether a .tflite file multiplies float activations with int8 weights.

    Without the reader of such files (the extra `tflite`) nobody knows, and the check on the board
    decides: its golden vectors see garbage too.
    """
    try:
        from edgeattn_converters.tflite.inspect import inspect
    except ModuleNotFoundError:
        return False
    operations = inspect(bundle.file_path(file).read_bytes()).operations
    return any(
        operation.name in WEIGHTED
        and operation.inputs[0] == "float32"
        and operation.inputs[1] in ("int8", "int4")
        for operation in operations
    )
