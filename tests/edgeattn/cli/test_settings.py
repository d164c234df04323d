from pathlib import Path

import pytest


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / "config.toml"
        path.write_text(text)
        return path

    return write


def test_a_file_gives_what_is_not_typed(library, edgeattn, config):
    path = config(
        'model = "m.py:build"\nout = "b"\nto = ["tflite"]\neval = "e.npz"\nmax-drop = 0.5\n'
        "allow_random = true\n"
    )
    result = edgeattn("convert", "--config", path)
    assert result.exit_code == 0, result.output
    assert library.words == ("m.py:build",)
    assert library.settings["out"] == Path("b")
    assert library.settings["formats"] == ("tflite",)
    assert library.settings["evaluation"] == "e.npz"
    assert library.settings["max_drop"] == 0.5
    assert library.settings["allow_random"] is True


def test_what_is_typed_wins_over_the_file(library, edgeattn, config):
    path = config('model = "a"\nout = "b"\nsamples = 8\n')
    edgeattn("convert", "other", "--samples", 16, "--config", path)
    assert library.words == ("other",)
    assert library.settings["samples"] == 16


def test_a_table_named_like_the_command_is_taken(library, edgeattn, config):
    edgeattn("convert", "m", "--out", "b", "--config", config("[convert]\nsamples = 8\n"))
    assert library.settings["samples"] == 8


def test_an_unknown_key_is_refused_with_those_that_are_known(library, edgeattn, config):
    result = edgeattn("convert", "m", "--out", "b", "--config", config("max_dorp = 1\n"))
    assert result.exit_code == 2
    assert "sets 'max_dorp', which convert does not know: allow-random," in result.stderr


def test_a_value_of_the_file_is_checked_like_a_typed_one(library, edgeattn, config):
    result = edgeattn("convert", "m", "--out", "b", "--config", config("samples = 0\n"))
    assert result.exit_code == 2
    assert "--samples" in result.stderr


def test_a_file_that_is_no_toml_is_an_input_at_fault(library, edgeattn, config):
    result = edgeattn("convert", "m", "--out", "b", "--config", config("samples = \n"))
    assert result.exit_code == 3
    assert "is no TOML file" in result.stderr
