"""A provider: the part of an engine that runs on one kind of hardware, with its options.

    "webgpu"                           -> WebGpu()
    "tensorrt:fp16=yes,workspace=512"  -> TensorRt(fp16=True, workspace_mb=512)

Each option is a field of a frozen dataclass, made by `option`, and checked when the provider is
made: an engine that meets an unknown or impossible option drops it, or falls back to the CPU.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from edgeattn_runtime.errors import BadUsage

TRUTH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def option(
    default: Any,
    key: str,
    about: str,
    *,
    within: tuple[int, int] | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """Return the field of one option.

    Args:
        default: What it is when nobody says; None leaves the engine's own.
        key: What the engine calls it; "" when it is not for the engine.
        about: What it does, in a few words.
        within: Smallest and largest whole number.
        choices: The words it may be.
    """
    kind = (
        "words"
        if choices
        else "number"
        if within
        else "truth"
        if isinstance(default, bool)
        else "text"
    )
    return dataclasses.field(
        default=default,
        metadata={"key": key, "about": about, "within": within, "choices": choices, "kind": kind},
    )


@dataclass(frozen=True)
class Provider:
    """What all providers have; the class attributes are facts, the fields are choices.

    Attributes:
        name: What `--engine` and reports call it.
        engine: The engine it belongs to, a name from `session.ENGINES`.
        format: Of the files it runs: "onnx" or "tflite".
        requested: What the engine calls it.
        target: The policy whose files are made for it; None when there is none.
        package: The command that brings it.
        partial: Whether operators that it lacks may run on the CPU. Otherwise that is a fault.
    """

    partial: bool = option(False, "", "let operators that it lacks run on the CPU")

    name: ClassVar[str]
    engine: ClassVar[str]
    format: ClassVar[str]
    requested: ClassVar[str]
    target: ClassVar[str | None] = None
    package: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Refuse what no engine would take.

        Raises:
            BadUsage: The option, what it is, and what it may be.
        """
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is not None and not _fits(value, field):
                raise BadUsage(
                    f"{self.name}: {field.name} is {value!r}; it must be {_allowed(field)}"
                )

    def __str__(self) -> str:
        """Return it as `--engine` takes it."""
        said = ",".join(f"{name}={_spelled(value)}" for name, value in self._chosen())
        return f"{self.name}:{said}" if said else self.name

    def engine_options(self) -> dict[str, str]:
        """Return the options as the engine takes them, only those that were chosen."""
        keys = {field.name: field.metadata["key"] for field in dataclasses.fields(self)}
        return {
            keys[name]: str(int(value) if isinstance(value, bool) else value)
            for name, value in self._chosen()
            if keys[name]
        }

    @property
    def float_sqnr_db(self) -> float:
        """Return how close to the CPU's a float answer must be: 60 dB for float32 arithmetic.

        Float16, and TF32 with its 11 bits of mantissa, keep some 50 through a deep model; the known
        faults leave 2 to 27 dB (docs/measurements/gpu-forms.md). So 40 tells one from the other.
        """
        return 60.0

    def prepare(self) -> None:
        """Make ready what the options name, such as a cache folder, before a session opens."""

    @classmethod
    def read(cls, options: str) -> Provider:
        """Return the provider with options given as "name=value,name=value".

        Raises:
            BadUsage: An option it does not have, or a value that cannot be.
        """
        fields = {field.name: field for field in dataclasses.fields(cls)}
        chosen: dict[str, Any] = {}
        for word in filter(None, options.split(",")):
            name, equals, text = word.partition("=")
            if name not in fields or not equals:
                known = ", ".join(f"{name}={_form(field)}" for name, field in fields.items())
                raise BadUsage(f"{cls.name} has no option {word!r}; it has {known}")
            chosen[name] = _value(text, fields[name])
        return cls(**chosen)

    def _chosen(self) -> tuple[tuple[str, Any], ...]:
        """Return the options that are not as they were."""
        return tuple(
            (field.name, getattr(self, field.name))
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default
        )


def _fits(value: Any, field: dataclasses.Field[Any]) -> bool:
    kind, within = field.metadata["kind"], field.metadata["within"]
    if kind == "truth":
        return isinstance(value, bool)
    if kind == "number":
        return type(value) is int and within[0] <= value <= within[1]
    return isinstance(value, str) and (kind == "text" or value in field.metadata["choices"])


def _allowed(field: dataclasses.Field[Any]) -> str:
    kind, within = field.metadata["kind"], field.metadata["within"]
    if kind == "truth":
        return "yes or no"
    if kind == "number":
        return f"a whole number from {within[0]} to {within[1]}"
    return f"one of {', '.join(field.metadata['choices'])}" if kind == "words" else "text"


def _form(field: dataclasses.Field[Any]) -> str:
    kind, within = field.metadata["kind"], field.metadata["within"]
    forms = {"truth": "yes|no", "text": "PATH", "words": "|".join(field.metadata["choices"])}
    return f"{within[0]}..{within[1]}" if kind == "number" else forms[kind]


def _value(text: str, field: dataclasses.Field[Any]) -> Any:
    """Return what a word stands for; what stands for nothing stays text, and is refused later."""
    if field.metadata["kind"] == "truth":
        return TRUTH.get(text.lower(), text)
    if field.metadata["kind"] == "number":
        return int(text) if text.lstrip("-").isdigit() else text
    return text


def _spelled(value: Any) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)
