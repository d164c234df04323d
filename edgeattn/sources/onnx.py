"""A model from an `.onnx` file, rebuilt as a PyTorch module."""

from __future__ import annotations

from pathlib import Path

from edgeattn.sources.loaded import LoadedModel
from edgeattn_runtime.errors import BadEnvironment


def load_onnx(path: Path) -> LoadedModel:
    """Return the graph in an `.onnx` file as a module that `torch.export` takes.

    Shapes are static; what follows from them is computed here and not in the module.
    """
    try:
        from edgeattn.sources.onnx_import.graph import import_graph
        from edgeattn.sources.onnx_import.reading import read_onnx
    except ModuleNotFoundError as error:
        if error.name != "onnx":
            raise
        raise BadEnvironment(
            "reading .onnx files needs the onnx package; install it with "
            "`pip install 'edgeattn[onnx]'`"
        ) from error
    module, examples = import_graph(read_onnx(path), path.name)
    return LoadedModel(
        module,
        name=path.stem,
        kind="onnx",
        example_inputs=tuple(examples.values()),
        input_names=tuple(examples),
    )
