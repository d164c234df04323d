"""One run of trtexec: which file, in which precision, and where it puts what it finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edgeattn.trtexec.settings import Settings
from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.model_file import ModelFile

TARGET = "tensorrt"
EXPORTS = {"Times": "times", "Profile": "profile", "LayerInfo": "layers", "Output": "output"}


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        precision: "fp32", "fp16" (the fp32 file, TensorRT's own float16) or "int8".
        file: The model file.
    """

    precision: str
    file: ModelFile

    def export(self, what: str) -> str:
        """Return the name of what trtexec writes: "times", "profile", "layers", "output", "log"."""
        return f"{self.precision}.log" if what == "log" else f"{self.precision}.{what}.json"

    def command(self, settings: Settings, inputs: Iterable[str]) -> tuple[str, ...]:
        """Return trtexec's arguments, all paths relative to the folder of the run.

        Args:
            settings: The user's choices.
            inputs: The model's input names; "name.bin" holds what each is fed.
        """
        feeds = ",".join(f"{name}:{input_file(name)}" for name in inputs)
        return (
            f"--onnx={self.file.name}",
            *settings.precision_flags(self.precision),
            f"--saveEngine={self.precision}.plan",
            "--timingCacheFile=timing.cache",
            *settings.common_flags(),
            f"--loadInputs={feeds}",
            *(f"--export{word}={self.export(what)}" for word, what in EXPORTS.items()),
        )


def input_file(name: str) -> str:
    """Return the name of the file that holds an input: letters that no shell minds.

    >>> input_file("serving_default/x:0")
    'serving_default_x_0.bin'
    """
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name) + ".bin"


def runs_of(bundle: Bundle, settings: Settings, precision: str | None = None) -> tuple[Run, ...]:
    """Return the runs for a bundle: fp32, float16 as TensorRT makes it, and int8.

    Int8 must beat float16, not float32: on transformers it often does not (TensorRT issues 2067,
    3147, 4273, 4397). So both are measured.

    Raises:
        BadUsage: The bundle has no file for TensorRT, or none of that precision.
    """
    files = {file.precision: file for file in bundle.present() if file.target == TARGET}
    if not files:
        held = ", ".join(file.name for file in bundle.present())
        raise BadUsage(
            f"the bundle has no file for TensorRT ({held}); "
            "`edgeattn convert MODEL --target tensorrt` writes them"
        )
    runs = [Run(name, file) for name, file in files.items() if name in ("fp32", "int8")]
    if "fp32" in files and not settings.by_types:
        runs.insert(1, Run("fp16", files["fp32"]))
    chosen = tuple(run for run in runs if precision in (None, run.precision))
    if not chosen:
        held = ", ".join(run.precision for run in runs)
        raise BadUsage(f"the bundle gives no {precision} run on TensorRT; it gives {held}")
    return chosen
