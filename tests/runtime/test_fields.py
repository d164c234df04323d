from __future__ import annotations

import pytest

from edgeattn_runtime.errors import BrokenBundle
from edgeattn_runtime.fields import take, take_list


def test_a_field_of_the_right_kind_is_taken():
    assert take({"bytes": 3}, "bytes", int) == 3
    assert take_list({"shape": [1, 2]}, "shape", int) == (1, 2)


@pytest.mark.parametrize("read", [[], "text", None])
def test_what_is_no_object_has_no_fields(read):
    with pytest.raises(BrokenBundle, match="where an object with 'name' belongs"):
        take(read, "name", str)


def test_true_is_no_number():
    with pytest.raises(BrokenBundle, match="bytes = True, which is no int"):
        take({"bytes": True}, "bytes", int)
    with pytest.raises(BrokenBundle, match="True in shape, which is no int"):
        take_list({"shape": [1, True]}, "shape", int)
