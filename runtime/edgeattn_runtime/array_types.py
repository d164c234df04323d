"""Names for arrays in annotations, where any dtype and shape will do.

Import them under `if TYPE_CHECKING`: `numpy.typing` costs 9 ms that a board need not spend.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = Mapping[str, NDArray[Any]]
DType = np.dtype[Any]
