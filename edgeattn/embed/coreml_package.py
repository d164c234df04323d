"""What coremltools made: compared with the manifest, counted, and laid out as an `.mlpackage`."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from typing import Any

from edgeattn.embed.kit import Kit
from edgeattn_runtime.errors import CannotConvert

INSIDE = "Data/com.apple.CoreML"
TYPES = {"float32": 65568, "int32": 131104}  # Core ML's ArrayFeatureType
# What a program for iOS 16 may hold, of what our models come down to.
_NAMES = """
    add avg_pool batch_norm cast clip concat constexpr_affine_dequantize conv exp expand_dims gather
    gelu layer_norm linear log matmul max_pool maximum minimum mul pad pow real_div reduce_max
    reduce_mean reduce_sum relu reshape rsqrt sigmoid sigmoid_hard silu slice_by_index softmax split
    sqrt squeeze stack sub tanh tile transpose
"""
OPERATORS = frozenset(_NAMES.split())


def check_ports(spec: Any, kit: Kit) -> None:
    """Compare what Core ML will take and give with the manifest.

    Raises:
        CannotConvert: They differ.
    """
    for found, ports in (
        (spec.description.input, kit.inputs), (spec.description.output, kit.outputs)
    ):  # fmt: skip
        made = [(tuple(o.type.multiArrayType.shape), o.type.multiArrayType.dataType) for o in found]
        wanted = [(port.shape, TYPES[port.dtype]) for port in ports]
        if made != wanted:
            raise CannotConvert(
                f"coremltools made a model of {made}, and the manifest says {wanted}; leave "
                "--coreml out, and tell us which model it is"
            )


def operators_of(spec: Any) -> dict[str, int]:
    """Return how often each operator stands in a program; constants are left out."""
    function = spec.mlProgram.functions["main"]
    block = function.block_specializations[function.opset]
    found = Counter(operation.type for operation in block.operations)
    return {name: found[name] for name in sorted(found) if name != "const"}


def package_of(spec: Any, weights: bytes | None) -> dict[str, bytes]:
    """Return the files of a package: the same for the same model, so without names and dates.

    Args:
        spec: The specification.
        weights: The blobs beside it; a model of few numbers has none.
    """
    spec.description.metadata.userDefined.pop("com.github.apple.coremltools.conversion_date", None)
    entries = {
        name: {
            "author": "com.apple.CoreML",
            "description": f"CoreML Model {what}",
            "name": name,
            "path": f"com.apple.CoreML/{name}",
        }
        for name, what in (("model.mlmodel", "Specification"), ("weights", "Weights"))
        if weights is not None or name != "weights"
    }
    # Any will do, as long as they differ.
    identifiers = {name: str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in entries}
    index = {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": {identifiers[name]: entry for name, entry in entries.items()},
        "rootModelIdentifier": identifiers["model.mlmodel"],
    }
    files = {
        "Manifest.json": (json.dumps(index, indent=4) + "\n").encode(),
        f"{INSIDE}/model.mlmodel": spec.SerializeToString(deterministic=True),
    }
    return files if weights is None else {**files, f"{INSIDE}/weights/weight.bin": weights}
