from __future__ import annotations

import pytest

from benchmarks.tflite_rewrites import without
from edgeattn_converters.policies.litert import LITERT_XNNPACK
from edgeattn_converters.specialise.keys_by_row import keys_by_row


@pytest.mark.parametrize("form", ["float_form", "int8_form"])
def test_a_rewrite_left_out_is_the_only_difference(form: str) -> None:
    before = getattr(LITERT_XNNPACK, form)
    after = getattr(without(LITERT_XNNPACK, (keys_by_row,)), form)
    assert keys_by_row in before
    assert after == tuple(one for one in before if one is not keys_by_row)
