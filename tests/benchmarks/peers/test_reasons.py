from __future__ import annotations

import subprocess

from benchmarks.peers.reasons import LONGEST, clean, ending, first_line, of_process


def test_an_error_is_told_by_its_kind_and_first_line() -> None:
    assert first_line(ValueError("\nno shape\n  at node 3")) == "ValueError: no shape"
    assert first_line(KeyError()) == "KeyError"


def test_no_path_no_address_and_no_bar_reaches_the_table() -> None:
    said = clean(
        "cannot open /a/b/model.onnx | see https://example.org/issues/1 \x1b[31mnow\x1b[0m"
    )
    assert said == "cannot open model.onnx / see (address) now"


def test_the_name_of_a_tensorflow_node_does_not_hide_what_went_wrong() -> None:
    node = "{{function_node __wrapped__Tile_device_/job:localhost/device:CPU:0}}"
    assert clean(f"InvalidArgumentError: {node} Expected 6") == "InvalidArgumentError: Expected 6"


def test_long_words_are_cut() -> None:
    assert len(clean("x" * 1000)) == LONGEST


def test_a_process_is_told_by_how_it_ended() -> None:
    assert ending(-11) == "died of SIGSEGV"
    assert of_process(subprocess.TimeoutExpired(["tool"], 60)) == "took longer than 60 s"
    failed = subprocess.CalledProcessError(1, ["tool"], stderr="a\nImportError: no torch\n")
    assert of_process(failed) == "ended with 1: ImportError: no torch"
    assert of_process(OSError(2, "No such file")) == "FileNotFoundError, No such file"
