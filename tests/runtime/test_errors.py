from __future__ import annotations

import inspect
import re

import pytest

from edgeattn_runtime import errors

CLASSES = dict(inspect.getmembers(errors, inspect.isclass))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("GateFailed", 1),
        ("CannotConvert", 1),
        ("BadUsage", 2),
        ("BadInput", 3),
        ("BrokenBundle", 3),
        ("BrokenModel", 3),
        ("BadData", 3),
        ("BadEnvironment", 3),
    ],
)
def test_every_error_ends_with_its_exit_code(name, code):
    assert CLASSES[name].exit_code == code
    assert issubclass(CLASSES[name], errors.EdgeattnError)


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = dict(re.findall(r"[├└]── (\w+) +(\d)", errors.__doc__))
    real = {
        name: str(found.exit_code) for name, found in CLASSES.items() if name != "EdgeattnError"
    }
    assert drawn == real
