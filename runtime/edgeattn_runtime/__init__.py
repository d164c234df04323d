"""What lives on the device: open a bundle, run it, check it, measure it.

    >>> from edgeattn_runtime import open_bundle
    >>> session = open_bundle("bundle").session(precision="int8")  # doctest: +SKIP
    >>> session.run({"image": image})["logits"]  # doctest: +SKIP

Needs NumPy and one engine (onnxruntime, ai-edge-litert or tflite-runtime), which is imported when
the first model is opened.
"""

from edgeattn_runtime.bundle import Bundle, open_bundle
from edgeattn_runtime.session import Session, open_session

__version__ = "0.1.0"

__all__ = ["Bundle", "Session", "__version__", "open_bundle", "open_session"]
