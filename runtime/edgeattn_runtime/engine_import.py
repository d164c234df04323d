"""Import an engine without opening a model: what it takes by itself."""

from __future__ import annotations

from edgeattn_runtime.providers import accelerator, is_accelerator


def import_engine(engine: str) -> None:
    """Import an engine of `session.ENGINES`, or that of an accelerator.

    Raises:
        BadEnvironment: It is installed but does not import.
    """
    if is_accelerator(engine):
        engine = accelerator(engine).engine
    if engine == "onnxruntime":
        from edgeattn_runtime import onnx_session

        onnx_session.import_engine()
    else:
        from edgeattn_runtime import tflite_session

        tflite_session.import_engine(engine)
