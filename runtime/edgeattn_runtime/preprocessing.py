"""The manifest's preprocessing: the steps NumPy can do, in order.

    {"step": "cast", "dtype": "float32"}
    {"step": "scale", "factor": 0.00392156862745098}   x * factor
    {"step": "normalize", "mean": [...], "std": [...], "axis": -1}   (x - mean) / std
    {"step": "transpose", "axes": [0, 3, 1, 2]}        batch included

`resize`, `crop`, `tokenize` and `frames` describe what happened before the arrays came into being:
they need an image decoder, a vocabulary or a sound file, which a board need not have.
A step may name the `input` it is for; without it, it is for every input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeattn_runtime.errors import BadData

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array, Arrays


@dataclass(frozen=True)
class Step:
    """One step of preprocessing: what is done, with which options, to which input."""

    name: str
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    input: str | None = None

    def __post_init__(self) -> None:
        """Refuse a step nobody knows, and one whose options are missing or too many."""
        if self.name not in OPTIONS and self.name not in BEFORE:
            raise ValueError(
                f"preprocessing step {self.name!r} is unknown; "
                f"choose one of {', '.join((*OPTIONS, *BEFORE))}"
            )
        if self.name in BEFORE:
            return
        needed, allowed = OPTIONS[self.name]
        absent, surplus = needed - set(self.options), set(self.options) - needed - allowed
        if absent or surplus:
            raise ValueError(
                f"preprocessing step {self.name!r} takes {', '.join(sorted(needed | allowed))}, "
                f"not {', '.join(self.options) or 'nothing'}"
            )

    def to_json(self) -> dict[str, Any]:
        """Return the step as the manifest holds it."""
        return {
            "step": self.name,
            **self.options,
            **({} if self.input is None else {"input": self.input}),
        }

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Step:
        """Return the step that `to_json` wrote."""
        options = {key: value for key, value in read.items() if key not in ("step", "input")}
        return cls(read["step"], options, read.get("input"))


def cast(x: Array, *, dtype: str) -> Array:
    """Return x as another type: uint8 pixels to float32."""
    return x.astype(np.dtype(dtype))


def scale(x: Array, *, factor: float) -> Array:
    """Return x * factor in x's own float type: [0, 255] to [0, 1] with 1/255."""
    scaled: Array = x * np.asarray(factor, _float_type(x, "scale"))
    return scaled


def normalize(x: Array, *, mean: list[float], std: list[float], axis: int = -1) -> Array:
    """Return (x - mean) / std, one mean and one std per channel along `axis`."""
    kind = _float_type(x, "normalize")
    channels = x.shape[axis] if -x.ndim <= axis < x.ndim else -1
    if len(mean) != len(std) or len(mean) not in (1, channels):
        raise BadData(
            f"normalize has {len(mean)} means and {len(std)} stds, but x of shape "
            f"{list(x.shape)} has {max(channels, 0)} channels on axis {axis}"
        )
    shape = [1] * x.ndim
    shape[axis] = len(mean)
    centred: Array = x - np.asarray(mean, kind).reshape(shape)
    return np.asarray(centred / np.asarray(std, kind).reshape(shape))


def transpose(x: Array, *, axes: list[int]) -> Array:
    """Return x with its axes in another order, batch included: NHWC to NCHW is [0, 3, 1, 2]."""
    if sorted(axes) != list(range(x.ndim)):
        raise BadData(f"transpose to {list(axes)} does not fit x of shape {list(x.shape)}")
    return np.ascontiguousarray(x.transpose(axes))


DO: Mapping[str, Callable[..., Array]] = MappingProxyType(
    {"cast": cast, "scale": scale, "normalize": normalize, "transpose": transpose}
)

# step -> (options it needs, options it may have)
OPTIONS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = MappingProxyType(
    {
        "cast": (frozenset({"dtype"}), frozenset()),
        "scale": (frozenset({"factor"}), frozenset()),
        "normalize": (frozenset({"mean", "std"}), frozenset({"axis"})),
        "transpose": (frozenset({"axes"}), frozenset()),
    }
)

BEFORE = ("resize", "crop", "tokenize", "frames")


def numpy_steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps that come after decoding and tokenising: those this module can do."""
    return tuple(step for step in steps if step.name not in BEFORE)


def preprocess(x: Arrays, steps: tuple[Step, ...]) -> dict[str, Array]:
    """Return inputs ready for `Session.run`.

    Args:
        x: By input name, [N, ...], as they come from a camera, a microphone or `eval.npz`.
        steps: In order; pass them through `numpy_steps` when x is decoded and resized already.

    Raises:
        BadData: A step happens before NumPy, names an input that is not there, or does not fit.
    """
    done = {name: np.asarray(value) for name, value in x.items()}
    for step in steps:
        if step.name in BEFORE:
            raise BadData(
                f"the step {step.name!r} happens before the arrays reach the runtime, which only "
                f"knows NumPy; {step.name} the samples where they are decoded and pass the result"
            )
        if step.input is not None and step.input not in done:
            raise BadData(
                f"the step {step.name!r} is for input {step.input!r}, which is not among "
                f"{', '.join(done)}"
            )
        for name in done if step.input is None else (step.input,):
            done[name] = DO[step.name](done[name], **step.options)
    return done


def _float_type(x: Array, step: str) -> np.dtype[Any]:
    """Return x's type when it is a float; whole numbers would be cut off without a word."""
    if x.dtype.kind != "f":
        raise BadData(f"{step} needs floats, x is {x.dtype}; put a `cast` to float32 before it")
    return x.dtype
