from __future__ import annotations

import numpy as np
import pytest

from benchmarks.onnx_attention_forms import FORMS, core_forms
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.session import open_session

X = np.random.default_rng(1).standard_normal((1, 8, 16)).astype(np.float32)


@pytest.mark.parametrize("name", [name for name in FORMS if name.startswith("int8 core")])
def test_an_int8_core_computes_the_same_but_for_rounding(name: str) -> None:
    files = core_forms(8, 16, 2)
    reference, found = (
        next(iter(open_session(files[one]).run({"x": X}).values()))
        for one in ("int8 projections, float core: MultiHeadAttention", name)
    )
    # As in test_onnx_attention: steps of 0.03 on values of spread 1, some ten roundings in a row.
    assert sqnr_db(reference, found) > 25
