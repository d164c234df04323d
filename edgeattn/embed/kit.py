"""What every kit needs of a bundle, told by its manifest: no generator looks anywhere else."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from edgeattn.embed.identifiers import Identifiers
from edgeattn.embed.vectors import Vectors, vectors_of
from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.errors import BadUsage, BrokenBundle
from edgeattn_runtime.manifest import Manifest
from edgeattn_runtime.model_file import ModelFile
from edgeattn_runtime.port import Port
from edgeattn_runtime.preprocessing import BEFORE, Step

LARGEST_TENSOR = 1 << 26  # elements; a phone has other things to keep in memory


@dataclass(frozen=True)
class Kit:
    """A bundle as a generator sees it.

    Attributes:
        names: Its name in the spelling of each language.
        manifest: What the bundle says of itself.
        files: The model files that go with the kit, one a format.
        vectors: What the kit proves itself with.
        contents: Of the model files, by name.
    """

    names: Identifiers
    manifest: Manifest
    files: tuple[ModelFile, ...]
    vectors: Vectors
    contents: dict[str, bytes]

    @property
    def inputs(self) -> tuple[Port, ...]:
        """What the model takes."""
        return self.manifest.inputs

    @property
    def outputs(self) -> tuple[Port, ...]:
        """What it returns; the first carries the task."""
        return self.manifest.outputs

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each class; its number where nobody named it."""
        classes = self.outputs[0].shape[-1]
        return self.manifest.labels or tuple(str(number) for number in range(max(classes, 0)))

    @property
    def classifies(self) -> bool:
        """Whether the first output holds a logit for each class."""
        first = self.outputs[0]
        return first.dtype == "float32" and len(first.shape) == 2 and first.shape[1] > 1

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that turn a decoded sample into the input, in order."""
        return tuple(step for step in self.manifest.preprocessing if step.name not in BEFORE)

    @property
    def kind(self) -> str:
        """What a sample is: "photo", "sound", "text", "numbers" (one float input) or "tensors".

        Told by the steps before NumPy and by the shapes; what has no classes comes as tensors, and
        so do texts whose tokens are not all that the model takes.
        """
        if not self.classifies:
            return "tensors"
        before = {step.name for step in self.manifest.preprocessing if step.name in BEFORE}
        first = self.inputs[0]
        if self.tokenizer is not None:
            return "text"
        if len(self.inputs) > 1 or first.shape[0] != 1 or "tokenize" in before:
            return "tensors"
        if "resize" in before and self.photo_size is not None:
            return "photo"
        if first.dtype != "float32" or before - {"frames"}:
            return "tensors"
        return "sound" if "frames" in before and len(first.shape) == 2 else "numbers"

    @property
    def tokenizer(self) -> Step | None:
        """The step that makes all inputs of a text; None when the model takes something else."""
        step = next((one for one in self.manifest.preprocessing if one.name == "tokenize"), None)
        if step is None or self.steps or not self.classifies:
            return None
        ids, mask = (str(step.options.get(name, name)) for name in ("ids", "mask"))
        shape = (1, step.options.get("length"))
        fits = all(port.shape == shape for port in self.inputs)
        return step if fits and {port.name for port in self.inputs} - {mask} == {ids} else None

    @property
    def photo_size(self) -> tuple[int, int] | None:
        """Height and width that a photo is brought to; None when nobody resizes."""
        for step in self.manifest.preprocessing:
            if step.name == "resize" and len(size := step.options.get("size", ())) == 2:
                return int(size[0]), int(size[1])
        return None

    def file(self, format: str) -> ModelFile | None:
        """Return the file of a format, "onnx" or "tflite"."""
        return next((file for file in self.files if file.format == format), None)


def kit_of(
    bundle: Bundle, *, name: str | None = None, formats: Sequence[str], prefer: Sequence[str] = ()
) -> Kit:
    """Return what a generator needs.

    Args:
        bundle: Opened.
        name: Instead of the bundle's own.
        formats: Which the target can run, "onnx" and "tflite"; those the bundle has are taken, of
            each the file that the manifest recommends.
        prefer: Names of policies, the best first; a file that was converted for one of them goes
            before the recommended one.

    Raises:
        BadUsage: The bundle has no file the target can run, or cannot be called from an app.
        BrokenBundle: A file was altered, or the golden vectors are missing.
    """
    manifest = bundle.manifest
    _check_ports(manifest)
    chosen = (_chosen(bundle, format, prefer) for format in formats)
    files = tuple(file for file in chosen if file is not None)
    if not files:
        raise _nothing_to_run(bundle, formats)
    return Kit(
        names=Identifiers.of(manifest.name if name is None else name),
        manifest=manifest,
        files=files,
        vectors=vectors_of(bundle, files),
        contents={file.name: _content(bundle, file) for file in files},
    )


def _chosen(bundle: Bundle, format: str, prefer: Sequence[str]) -> ModelFile | None:
    """Return the recommended file of a format, or the first that is not for another engine."""
    present = {file.name: file for file in bundle.present() if file.format == format}
    for policy in prefer:
        for file in present.values():
            if (file.target, file.precision) == (policy, "int8"):
                return file
    recommended = bundle.manifest.recommended.get(format)
    if recommended is not None and recommended.file in present:
        return present[recommended.file]
    return next((file for file in present.values() if file.target is None), None)


def _nothing_to_run(bundle: Bundle, formats: Sequence[str]) -> BadUsage:
    """Return why no file of a bundle is taken: another format, or another engine."""
    present = bundle.present()
    held = ", ".join(file.name for file in present)
    wanted = " or ".join(formats)
    elsewhere = {file.target for file in present if file.format in formats and file.target}
    if elsewhere:
        return BadUsage(
            f"the bundle holds {held}, made for {', '.join(sorted(elsewhere))}, which this kit "
            "does not run; convert the model without that --target, or add this machine's to it"
        )
    return BadUsage(
        f"the bundle holds {held}, and this kit runs {wanted}; convert the model with --to "
        f"{formats[0]}"
    )


def _content(bundle: Bundle, file: ModelFile) -> bytes:
    content = bundle.file_path(file).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise BrokenBundle(
            f"{file.name} has sha256 {found[:12]}..., the manifest says {file.sha256[:12]}...; "
            "copy the bundle again"
        )
    return content


def _check_ports(manifest: Manifest) -> None:
    for port in (*manifest.inputs, *manifest.outputs):
        if any(length < 1 for length in port.shape):
            raise BadUsage(
                f"{port.name} has shape {list(port.shape)}, and an app needs to know its lengths "
                "beforehand; convert the model with a fixed batch of 1"
            )
        if port.dtype not in ("float32", "int32", "int64", "uint8", "int8"):
            raise BadUsage(
                f"{port.name} is {port.dtype}; kits speak float32, int8, uint8, int32 and int64: "
                "cast inside the model"
            )
        if math.prod(port.shape) > LARGEST_TENSOR:
            raise BadUsage(f"{port.name} of shape {list(port.shape)} is too large for an app")
