import math
import sys

import pytest

from edgeattn.configuration import write_configuration

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.mark.parametrize(
    "value",
    [
        "photos/", 'a "quoted" \\ path', "tab\tand\nline", "Zoë/照片", 0.5, 1e-7, 3, True, False,
        ["onnx", "tflite"], [],
    ],
)  # fmt: skip
def test_a_setting_comes_back_as_it_was(tmp_path, value):
    path = tmp_path / "config.toml"
    write_configuration(path, setting=value)
    assert tomllib.loads(path.read_text(encoding="utf-8")) == {"setting": value}


def test_names_become_flags_and_none_is_left_out(tmp_path):
    path = tmp_path / "config.toml"
    write_configuration(path, max_drop=math.inf, min_speedup=None)
    assert tomllib.loads(path.read_text()) == {"max-drop": math.inf}


def test_the_file_says_what_it_is_for(tmp_path):
    path = tmp_path / "config.toml"
    write_configuration(path, model="m")
    assert path.read_text().startswith("# Repeat this conversion: edgeattn convert --config")
