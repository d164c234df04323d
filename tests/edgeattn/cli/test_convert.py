import json
from pathlib import Path

import pytest


def test_the_flags_reach_the_library(library, edgeattn):
    words = (
        "m.py:build --out b --to tflite --calib c.npz --eval e.npz --samples 32 --max-drop 0.5 "
        "--min-speedup 1.5 --search --search-budget 90s --recipe gentle.toml --threads 2 "
        "--target arm64 --allow-random --keep-steps --dry-run --force"
    )
    result = edgeattn("convert", *words.split())
    assert result.exit_code == 0, result.output
    assert library.words == ("m.py:build",)
    assert library.settings == {
        "out": Path("b"),
        "formats": ("tflite",),
        "calib": "c.npz",
        "evaluation": "e.npz",
        "samples": 32,
        "recipe": "gentle.toml",
        "max_drop": 0.5,
        "min_speedup": 1.5,
        "search": True,
        "search_budget_s": 90.0,
        "allow_random": True,
        "force": True,
        "threads": 2,
        "target": "arm64",
        "keep_steps": True,
        "dry_run": True,
        "progress": None,
    }


def test_the_defaults_are_those_of_the_interface(library, edgeattn):
    edgeattn("convert", "zoo-name", "--out", "b")
    names = ["formats", "max_drop", "min_speedup", "recipe", "search", "search_budget_s"]
    assert {name: library.settings[name] for name in names} == {
        "formats": ("onnx", "tflite"),
        "max_drop": 1.0,
        "min_speedup": None,
        "recipe": "int8",
        "search": None,
        "search_budget_s": 180.0,
    }


def test_a_search_can_be_refused(library, edgeattn):
    edgeattn("convert", "m", "--out", "b", "--no-search")
    assert library.settings["search"] is False


@pytest.mark.parametrize("time", ["soon", "0s", "-3m", ""])
def test_a_budget_that_is_no_duration_is_wrong_usage(library, edgeattn, time):
    result = edgeattn("convert", "m", "--out", "b", "--search-budget", time)
    assert result.exit_code == 2
    assert "is no duration; give 90s, 3m or 1h" in " ".join(result.output.split())


@pytest.mark.parametrize(("passed", "exit_code"), [(True, 0), (False, 1)])
def test_the_exit_code_says_whether_the_gates_hold(library, edgeattn, passed, exit_code):
    library.passed = passed
    assert edgeattn("convert", "m", "--out", "b").exit_code == exit_code


def test_the_verdict_is_on_stdout_and_the_place_on_stderr(library, edgeattn):
    result = edgeattn("convert", "m", "--out", "b")
    assert result.stdout.startswith("Ship model_int8.onnx\n")
    assert "Bundle: bundle" in result.stderr


def test_json_prints_the_report_alone(library, edgeattn):
    result = edgeattn("convert", "m", "--out", "b", "--json")
    assert json.loads(result.stdout)["verdict"]["winner"] == "model_int8.onnx"


def test_warnings_are_on_stderr_and_leave_the_exit_code_alone(library, edgeattn):
    library.warnings = ("calibration data differs from the evaluation data: much",)
    done = edgeattn("convert", "gesture-hybrid", "--out", "bundle", "--json")
    assert "Warning: calibration data differs from the evaluation data: much" in done.stderr
    assert "Warning" not in done.stdout
    assert done.exit_code == 0


def test_a_dry_run_says_what_it_would_do_and_names_no_place(library, edgeattn):
    library.bundle = None
    result = edgeattn("convert", "m", "--out", "b", "--dry-run")
    assert (result.stdout, result.stderr) == ("fastest\n", "")


@pytest.mark.parametrize(
    ("formats", "expected"),
    [("onnx", ("onnx",)), ("tflite, onnx", ("tflite", "onnx")), ("onnx,onnx", ("onnx",))],
)
def test_formats_are_split_at_commas(library, edgeattn, formats, expected):
    edgeattn("convert", "m", "--out", "b", "--to", formats)
    assert library.settings["formats"] == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["m", "--out", "b", "--to", "coreml"], "choose from onnx, tflite"),
        (["m", "--out", "b", "--to", ","], "choose from onnx, tflite"),
        (["m", "--out", "b", "--samples", "0"], "--samples"),
        (["m", "--out", "b", "--max-drop", "-1"], "--max-drop"),
        (["m", "--out", "b", "--min-speedup", "0"], "--min-speedup"),
        (["m", "--out", "b", "--precision", "int3"], "--precision"),
        (["m"], "--out"),
        (["--out", "b"], "MODEL"),
    ],
)
def test_what_is_typed_wrong_is_refused_before_anything_runs(library, edgeattn, words, said):
    result = edgeattn("convert", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert library.settings == {}
