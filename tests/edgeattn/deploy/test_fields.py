import pytest

from edgeattn.deploy.fields import (
    LONGEST_LIST,
    absolute_path,
    items,
    mapping,
    number,
    plain_name,
    text,
    text_or_none,
)
from edgeattn_runtime.errors import BadEnvironment


def test_what_is_right_is_returned():
    assert text({"a": "b"}, "a") == "b"
    assert text_or_none({"a": ""}, "a") is None
    assert absolute_path({"a": "/it's here"}, "a") == "/it's here"
    assert plain_name({"a": "tiny-0.1_x+1"}, "a") == "tiny-0.1_x+1"
    assert number({"a": 0}, "a") == 0
    assert mapping({"a": {}}, "a") == {}
    assert items({"a": [1, 2]}, "a", int) == [1, 2]


@pytest.mark.parametrize(
    ("take", "value"),
    [
        (text, ""),
        (text, 1),
        (absolute_path, "relative"),
        (absolute_path, "/a\x07"),
        (plain_name, "../a"),
        (plain_name, ".hidden"),
        (number, True),
        (number, -1),
        (number, 1.5),
        (mapping, []),
        (mapping, dict.fromkeys(map(str, range(LONGEST_LIST + 1)))),
        (items, {}),
        (items, [None] * (LONGEST_LIST + 1)),
    ],
)
def test_what_cannot_be_is_one_sentence(take, value):
    with pytest.raises(BadEnvironment, match=r"answers the probe with a = .* which cannot"):
        take({"a": value}, "a")


def test_a_truth_value_is_no_number_in_a_list():
    for value in (True, False):
        with pytest.raises(BadEnvironment, match="which cannot be"):
            items({"a": [1, value]}, "a", int)


def test_what_is_missing_is_one_sentence():
    with pytest.raises(BadEnvironment, match="a = None, which cannot be"):
        number({}, "a")
