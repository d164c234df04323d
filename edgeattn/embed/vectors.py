"""Golden vectors as plain files, which any language reads: little-endian numbers end to end.

All lie in golden/: `golden.json` tells type and shape of the others; `input_x.bin` [count, ...] is
what a model is fed; `raw_x.bin` the sample before preprocessing, where the bundle knows it, and
`prepared_x.bin` what Python's preprocessing makes of that; `expected_model_int8.onnx_output.bin`
what a model file must answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.model_file import ModelFile
from edgeattn_runtime.preprocessing import numpy_steps, preprocess
from edgeattn_runtime.samples import Samples

MOST = 4
"""Samples in a kit: enough that a mix-up of channels or rows cannot pass, and little to carry."""


@dataclass(frozen=True)
class Vector:
    """Samples of one tensor.

    Attributes:
        file: In the kit, below golden/.
        dtype: NumPy's name.
        shape: Of all samples together, [count, ...].
        content: The numbers, little-endian.
    """

    file: str
    dtype: str
    shape: tuple[int, ...]
    content: bytes = field(repr=False)

    @classmethod
    def of(cls, file: str, array: np.ndarray[Any, Any]) -> Vector:
        """Return an array as a file."""
        plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        return cls(file, array.dtype.name, array.shape, plain.tobytes())

    def to_json(self) -> dict[str, Any]:
        """Return the entry of golden.json."""
        return {"file": self.file, "dtype": self.dtype, "shape": list(self.shape)}


@dataclass(frozen=True)
class Vectors:
    """What a kit proves itself with.

    Attributes:
        count: Samples.
        inputs: By input name, what the model is fed.
        expected: By model file, then by output name, what must come out.
        raw: By input name, samples before preprocessing; empty when the bundle has none.
        prepared: The same after Python's preprocessing.
    """

    count: int
    inputs: Mapping[str, Vector]
    expected: Mapping[str, Mapping[str, Vector]]
    raw: Mapping[str, Vector]
    prepared: Mapping[str, Vector]

    def files(self) -> dict[str, bytes]:
        """Return every file below golden/, golden.json among them."""
        vectors = [*self.inputs.values(), *self.raw.values(), *self.prepared.values()]
        vectors += [one for outputs in self.expected.values() for one in outputs.values()]
        index = {
            "schema_version": 1,
            "count": self.count,
            "inputs": {name: one.to_json() for name, one in self.inputs.items()},
            "expected": {
                file: {name: one.to_json() for name, one in outputs.items()}
                for file, outputs in self.expected.items()
            },
            "raw": {name: one.to_json() for name, one in self.raw.items()},
            "prepared": {name: one.to_json() for name, one in self.prepared.items()},
        }
        text = json.dumps(index, indent=2) + "\n"
        return {"golden.json": text.encode(), **{one.file: one.content for one in vectors}}


def vectors_of(bundle: Bundle, files: Sequence[ModelFile]) -> Vectors:
    """Return the first golden samples of a bundle, and raw ones where it carries evaluation data.

    Raises:
        BrokenBundle: It has no golden vectors.
    """
    golden = bundle.golden()
    inputs = {port.name: golden.inputs[port.name][:MOST] for port in bundle.manifest.inputs}
    expected = {
        file.name: {
            name: Vector.of(f"expected_{file.name}_{plain(name)}.bin", array[:MOST])
            for name, array in golden.expected_of(file.name).items()
        }
        for file in files
    }
    raw = _raw(bundle)
    prepared = preprocess(raw, numpy_steps(bundle.manifest.preprocessing)) if raw else {}
    return Vectors(
        count=len(next(iter(inputs.values()))),
        inputs={n: Vector.of(f"input_{plain(n)}.bin", array) for n, array in inputs.items()},
        expected=expected,
        raw={n: Vector.of(f"raw_{plain(n)}.bin", array) for n, array in raw.items()},
        prepared={n: Vector.of(f"prepared_{plain(n)}.bin", array) for n, array in prepared.items()},
    )


def plain(name: str) -> str:
    """Return a tensor's name as part of a file name.

    >>> plain("serving_default/x:0")
    'serving_default_x_0'
    """
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


def _raw(bundle: Bundle) -> dict[str, np.ndarray[Any, Any]]:
    """Return evaluation samples as they were before preprocessing; none when they are prepared."""
    if not (bundle.path / "eval.npz").exists():
        return {}
    names = tuple(port.name for port in bundle.manifest.inputs)
    samples = Samples.read(bundle.path / "eval.npz", inputs=names)
    return {} if samples.prepared else {name: array[:MOST] for name, array in samples.x.items()}
