"""EdgeAttn: attention models on the edge, quantised once, proven on the device.

>>> import edgeattn
>>> callable(edgeattn.convert)
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgeattn.conversion import Conversion, convert

__all__ = ["Conversion", "__version__", "convert"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import PyTorch when a conversion is asked for, not before."""
    if name in ("convert", "Conversion"):
        from edgeattn import conversion

        return getattr(conversion, name)
    raise AttributeError(f"module 'edgeattn' has no attribute {name!r}")
