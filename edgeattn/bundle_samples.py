"""DATA as typed -> samples that a bundle can be checked with."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edgeattn.data.data import Array, Data
from edgeattn.data.load import load_data
from edgeattn.data.photos import is_photo_folder, prepared
from edgeattn.data.recordings import clip_of
from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.errors import BadData
from edgeattn_runtime.port import Port
from edgeattn_runtime.samples import Samples


def samples_for(bundle: Bundle, spec: str) -> Samples:
    """Return the samples that `spec` names, by the bundle's input names and class numbers.

    Args:
        bundle: The bundle, opened; its first image input says how large photos have to be.
        spec: A data set's name, a folder of class folders, or an `.npz` file.

    Classes are matched by name where both sides name them: the folder's alphabet need not be the
    order in which the model learnt them.
    """
    inputs = bundle.manifest.inputs
    steps = tuple(step.to_json() for step in bundle.manifest.preprocessing)
    clip = clip_of(inputs[0].shape, steps)
    data = load_data(spec, image_size=image_size(inputs), clip=clip)
    if is_photo_folder(spec):
        data = prepared(data, steps, bundle.manifest.name)
    return Samples(_by_input(data, inputs), class_numbers(data, bundle.manifest.labels))


def image_size(inputs: tuple[Port, ...]) -> tuple[int, int] | None:
    """Return height and width of the first image input, [N, 3, H, W]; None when there is none."""
    for port in inputs:
        if len(port.shape) == 4 and port.shape[1] == 3:
            return port.shape[2], port.shape[3]
    return None


def class_numbers(data: Data, labels: tuple[str, ...] | None) -> Array | None:
    """Return the samples' classes by the model's numbering; None without labels."""
    if data.y is None or data.labels is None or labels is None or data.labels == labels:
        return data.y
    strange = sorted(set(data.labels) - set(labels))
    if strange:
        raise BadData(
            f"{data.source} has {len(strange)} classes that the model does not know "
            f"({', '.join(strange[:3])}); it knows {', '.join(labels[:10])}"
        )
    return np.array([labels.index(name) for name in data.labels], np.int64)[data.y]


def _by_input(data: Data, inputs: tuple[Port, ...]) -> Mapping[str, Array]:
    if set(data.x) == {"x"} and len(inputs) == 1:
        return {inputs[0].name: data.x["x"]}
    wanted = {port.name for port in inputs}
    if set(data.x) != wanted:
        raise BadData(
            f"{data.source} holds {', '.join(data.x)}; the model takes {', '.join(sorted(wanted))}:"
            " name the arrays so (a single one may be called x)"
        )
    return data.x
