"""The two small sets of samples in a bundle: golden vectors and labelled samples.

    golden.npz   input/<name>              [N, ...]   ready to be fed
                 float/<output>            [N, ...]   what the float model in PyTorch answers
                 expected/<file>/<output>  [N, ...]   what one file's quantised simulation answers
    eval.npz     x/<name>                  [N, ...]   decoded or tokenised
                 y                         int64 [N]  class numbers
                 prepared                  bool       false: the manifest's NumPy steps come first

Converters write them, the runtime reads them; both on this page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgeattn_runtime.arrays import read_npz, write_npz
from edgeattn_runtime.errors import BadData, BrokenBundle
from edgeattn_runtime.port import Port

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array, Arrays


@dataclass(frozen=True)
class Golden:
    """A few real inputs and what must come out.

    Attributes:
        inputs: By input name, [N, ...], ready for `Session.run` row by row.
        float_outputs: By output name, [N, ...], of the float model in PyTorch.
        expected: By model file, then by output name: the outputs of that file's quantised
            simulation in PyTorch. A float file may be absent: its expectation is `float_outputs`.
    """

    inputs: Arrays
    float_outputs: Arrays
    expected: Mapping[str, Arrays]

    def __post_init__(self) -> None:
        """Refuse golden vectors of which nothing can be learnt."""
        arrays = [
            *self.inputs.values(),
            *self.float_outputs.values(),
            *(array for outputs in self.expected.values() for array in outputs.values()),
        ]
        if not self.inputs or not self.float_outputs:
            raise BadData("golden vectors need at least one input and one float output")
        if len({len(array) for array in arrays}) != 1 or not len(arrays[0]):
            raise BadData(
                f"golden vectors hold {sorted({len(array) for array in arrays})} samples; "
                "all arrays need the same number, at least 1"
            )

    def expected_of(self, file: str) -> Arrays:
        """Return what a model file must answer: its simulation's outputs, or the float model's."""
        return self.expected.get(file, self.float_outputs)

    def first(self, ports: tuple[Port, ...]) -> dict[str, Array]:
        """Return the first batch, ready for `Session.run`; a batch larger than all repeats."""
        return {
            port.name: np.resize(self.inputs[port.name], port.shape)
            if len(self.inputs[port.name]) < port.shape[0]
            else np.ascontiguousarray(self.inputs[port.name][: port.shape[0]])
            for port in ports
        }

    def write(self, path: Path) -> None:
        """Write golden.npz."""
        arrays = {f"input/{name}": array for name, array in self.inputs.items()}
        for name, array in self.float_outputs.items():
            arrays[f"float/{name}"] = array
        for file, outputs in self.expected.items():
            for name, array in outputs.items():
                arrays[f"expected/{file}/{name}"] = array
        write_npz(path, arrays)

    @classmethod
    def read(cls, path: Path) -> Golden:
        """Read golden.npz.

        Raises:
            BrokenBundle: It is truncated, or holds something else.
        """
        inputs: dict[str, Array] = {}
        float_outputs: dict[str, Array] = {}
        expected: dict[str, dict[str, Array]] = {}
        for key, array in read_npz(path, error=BrokenBundle).items():
            kind, _, name = key.partition("/")
            if kind == "input":
                inputs[name] = array
            elif kind == "float":
                float_outputs[name] = array
            elif kind == "expected" and "/" in name:
                file, _, output = name.partition("/")
                expected.setdefault(file, {})[output] = array
            else:
                raise BrokenBundle(f"{path.name} holds an array {key!r} that nobody knows")
        try:
            return cls(inputs, float_outputs, expected)
        except BadData as error:
            raise BrokenBundle(f"{path.name}: {error}") from error


@dataclass(frozen=True)
class Samples:
    """Labelled samples.

    Attributes:
        x: By input name, [N, ...].
        y: Class numbers, int64 [N]; None when nobody labelled them.
        prepared: Whether x can be fed as it is; otherwise the manifest's NumPy steps come first.
    """

    x: Arrays
    y: Array | None = None
    prepared: bool = True

    def __post_init__(self) -> None:
        """Refuse samples that are none, or whose labels do not match."""
        lengths = {len(array) for array in self.x.values() if array.ndim}
        if len(lengths) != 1 or 0 in lengths:
            raise BadData(
                f"the inputs hold {sorted(lengths) or 'no'} samples; "
                "all inputs need the same number, at least 1"
            )
        if self.y is not None and (self.y.shape != (len(self),) or self.y.dtype.kind not in "iu"):
            raise BadData(
                f"labels are {self.y.dtype} {list(self.y.shape)}, not whole numbers [{len(self)}]"
            )

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(next(iter(self.x.values())))

    def write(self, path: Path) -> None:
        """Write eval.npz."""
        arrays: dict[str, Array] = {f"x/{name}": array for name, array in self.x.items()}
        if self.y is not None:
            arrays["y"] = self.y
        write_npz(path, {**arrays, "prepared": np.asarray(self.prepared)})

    @classmethod
    def read(cls, path: Path, *, inputs: tuple[str, ...]) -> Samples:
        """Read eval.npz, or a user's own .npz with `x` (or one array per input) and `y`.

        Args:
            path: The file.
            inputs: The model's input names; with a single one, the array may be called `x`.

        Raises:
            BadData: It is unreadable, an input is missing, or an array is surplus.
        """
        arrays = read_npz(path, error=BadData)
        y = arrays.pop("y", None)
        prepared = bool(arrays.pop("prepared", np.bool_(True)))
        x: dict[str, Array] = {}
        for key, array in arrays.items():
            name = key[2:] if key.startswith("x/") else key
            x[inputs[0] if name == "x" and len(inputs) == 1 else name] = array
        if set(x) != set(inputs):
            raise BadData(
                f"{path.name} holds {', '.join(arrays) or 'no inputs'}; the model takes "
                f"{', '.join(inputs)}: name the arrays so (a single one may be called x, labels y)"
            )
        return cls(x, y, prepared)
