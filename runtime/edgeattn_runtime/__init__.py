"""What lives on the device: open a bundle, run it, check it, measure it.

    >>> from edgeattn_runtime import open_bundle
    >>> session = open_bundle("bundle").session(precision="int8")  # doctest: +SKIP
    >>> session.run({"image": image})["logits"]  # doctest: +SKIP

Needs NumPy and one engine (onnxruntime, ai-edge-litert or tflite-runtime). NumPy is imported with
the first of the names below, the engine when the first model is opened, so that a command line can
import the errors and print its help at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgeattn_runtime.bundle import Bundle, open_bundle
    from edgeattn_runtime.session import Session, open_session

__version__ = "0.1.0"

__all__ = ["Bundle", "Session", "__version__", "open_bundle", "open_session"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for (PEP 562)."""
    if name in ("Bundle", "open_bundle"):
        from edgeattn_runtime import bundle

        return getattr(bundle, name)
    if name in ("Session", "open_session"):
        from edgeattn_runtime import session

        return getattr(session, name)
    raise AttributeError(f"module 'edgeattn_runtime' has no attribute {name!r}")
