import re

import pytest
from jinja2 import UndefinedError

from edgeattn.embed.cpp import facts
from edgeattn.embed.source import cpp_string, render


def test_paths_carry_the_names(make_kit):
    kit = make_kit()
    files = render(
        "cpp", kit, {"version": "1", "summary": "s", "resized": (), "library": None, **facts(kit)}
    )
    assert "include/tiny/tiny.hpp" in files
    assert not [name for name in files if name.endswith(".j2") or "NAME" in name]


def test_a_fact_that_is_missing_is_an_error_and_not_a_gap(make_kit):
    with pytest.raises(UndefinedError):
        render("cpp", make_kit(), {})


@pytest.mark.parametrize("label", ['"; system("x"); "', "\\", "a\nb", "é", "\x001", "??/", "👍"])
def test_a_label_of_a_stranger_stays_inside_its_literal(label):
    literal = cpp_string(label)
    inside = literal[1:-1]
    assert re.fullmatch(r'(?:[^"\\\x00-\x1f\x7f-\U0010ffff]|\\["\\]|\\[0-7]{3})*', inside)
    octal = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), inside)
    assert octal.replace('\\"', '"').replace("\\\\", "\\").encode("latin-1").decode() == label
