"""manifest.json: what a bundle holds. Written by the converters, read by every device.

Reading and writing live on this page, so that they cannot drift apart. Reading is strict: a
manifest that says something unknown or impossible is refused, with the sentence that says where.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from edgeattn_runtime.errors import BrokenBundle
from edgeattn_runtime.fields import take, take_list
from edgeattn_runtime.model_file import ModelFile
from edgeattn_runtime.port import DTYPES, Port
from edgeattn_runtime.preprocessing import Step

SCHEMA_VERSION = 1
LARGEST_INPUT_ELEMENTS = 1 << 30
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # what a terminal may obey

Empty: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Recommendation:
    """The file to take for one format, and the sentence that says why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """What a bundle holds.

    Attributes:
        name: The model's name.
        task: "classification", ...
        inputs: What every file takes.
        outputs: What every file returns; the first one carries the task.
        files: The model files.
        preprocessing: From the raw sample to the inputs, in order.
        labels: Class names by number; None when nobody named them.
        recommended: By format, "onnx" and "tflite".
        targets: By target, for engines that the converting machine does not run ("tensorrt").
        target: The device profile or machine it was chosen for.
        proven_on: The class of CPU that ran the parity check (`machine.cpu_class`); on another
            class the looser rule of `parity` applies.
        versions: Tool versions that made the bundle.
    """

    name: str
    task: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    files: tuple[ModelFile, ...]
    preprocessing: tuple[Step, ...] = ()
    labels: tuple[str, ...] | None = None
    recommended: Mapping[str, Recommendation] = field(default_factory=lambda: Empty)
    targets: Mapping[str, Recommendation] = field(default_factory=lambda: Empty)
    target: str | None = None
    proven_on: str | None = None
    versions: Mapping[str, str] = field(default_factory=lambda: Empty)

    def __post_init__(self) -> None:
        """Refuse a manifest whose parts contradict each other."""
        if not self.inputs or not self.outputs or not self.files:
            raise ValueError("a bundle needs at least one input, one output and one model file")
        for names, what in (
            ([port.name for port in self.inputs], "input"),
            ([port.name for port in self.outputs], "output"),
            ([file.name for file in self.files], "model file"),
        ):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"the {what} {name!r} is listed {names.count(name)} times")
        for port in (*self.inputs, *self.outputs):
            if port.dtype not in DTYPES:
                raise ValueError(f"{port.name!r} has the dtype {port.dtype!r}, which is none")
        for port in self.inputs:
            if any(length < 1 for length in port.shape):
                raise ValueError(f"input {port.name!r} has shape {list(port.shape)}; it is static")
            if math.prod(port.shape) > LARGEST_INPUT_ELEMENTS:
                raise ValueError(
                    f"input {port.name!r} of shape {list(port.shape)} is absurdly large"
                )
        for format, recommendation in self.recommended.items():
            file = next((file for file in self.files if file.name == recommendation.file), None)
            if file is None or file.format != format:
                raise ValueError(
                    f"{recommendation.file!r} is recommended for {format}, "
                    f"but no {format} file of that name is listed"
                )

        for target, recommendation in self.targets.items():
            if all(file.name != recommendation.file for file in self.files):
                raise ValueError(
                    f"{recommendation.file!r} is recommended for {target}, "
                    "but no file of that name is listed"
                )

    def to_json(self) -> dict[str, Any]:
        """Return what manifest.json holds."""
        return {
            "schema_version": SCHEMA_VERSION,
            "name": self.name,
            "task": self.task,
            "inputs": [port.to_json() for port in self.inputs],
            "outputs": [port.to_json() for port in self.outputs],
            "preprocessing": [step.to_json() for step in self.preprocessing],
            "labels": None if self.labels is None else list(self.labels),
            "files": [file.to_json() for file in self.files],
            "recommended": {
                **_recommendations_to_json(self.recommended),
                "target": self.target,
                # Left out where there are none, so that older runtimes read the bundle too.
                **({"targets": _recommendations_to_json(self.targets)} if self.targets else {}),
            },
            "proven_on": self.proven_on,
            "versions": dict(self.versions),
        }

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Manifest:
        """Return the manifest that `to_json` wrote.

        Raises:
            BrokenBundle: An unknown schema, a missing or mistyped field, or a contradiction.
        """
        version = read.get("schema_version")
        if version != SCHEMA_VERSION:
            raise BrokenBundle(
                f"manifest.json has schema_version {version!r}, this runtime reads "
                f"{SCHEMA_VERSION}; install the edgeattn that made the bundle, or convert again"
            )
        recommended: dict[str, Any] = dict(take(read, "recommended", dict))
        target = recommended.pop("target", None)
        targets = recommended.pop("targets", {})  # most bundles have none
        try:
            name = take(read, "name", str)
            if CONTROL.search(name):
                raise ValueError(f"the name {name!r} holds control characters")
            return cls(
                name=name,
                task=take(read, "task", str),
                inputs=tuple(map(Port.from_json, take_list(read, "inputs", dict))),
                outputs=tuple(map(Port.from_json, take_list(read, "outputs", dict))),
                files=tuple(map(ModelFile.from_json, take_list(read, "files", dict))),
                preprocessing=tuple(map(Step.from_json, take_list(read, "preprocessing", dict))),
                labels=None if read.get("labels") is None else take_list(read, "labels", str),
                recommended=_recommendations(recommended),
                targets=_recommendations(targets),
                target=target,
                proven_on=read.get("proven_on"),
                versions=dict(take(read, "versions", dict)),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BrokenBundle(
                f"manifest.json cannot be: {error}; convert the model again"
            ) from error

    def dumps(self) -> str:
        """Return the text of manifest.json, the same bytes for the same manifest."""
        return json.dumps(self.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def loads(cls, text: str) -> Manifest:
        """Return the manifest in the text of manifest.json.

        Raises:
            BrokenBundle: It is no JSON object, or see `from_json`.
        """
        try:
            read = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BrokenBundle(
                f"manifest.json is no JSON ({error}); copy the bundle again"
            ) from error
        if not isinstance(read, dict):
            raise BrokenBundle(f"manifest.json holds a {type(read).__name__}, not an object")
        return cls.from_json(read)


def _recommendations(read: Mapping[str, Any]) -> dict[str, Recommendation]:
    return {
        name: Recommendation(take(chosen, "file", str), take(chosen, "reason", str))
        for name, chosen in read.items()
    }


def _recommendations_to_json(chosen: Mapping[str, Recommendation]) -> dict[str, Any]:
    return {name: {"file": one.file, "reason": one.reason} for name, one in chosen.items()}
