from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import edgeattn_runtime
from edgeattn_runtime import cli
from edgeattn_runtime.cli import main

QUICK = ["--iterations", "3", "--warmup", "0", "--no-memory"]


@pytest.mark.parametrize("command", ["check", "bench", "run", "info"])
def test_every_command_ends_well_on_a_sound_bundle(command, bundle_path, capfd):
    code = main([command, str(bundle_path), *(QUICK if command == "bench" else [])])
    shown = capfd.readouterr()
    assert code == 0
    assert shown.out
    assert shown.err == ""


@pytest.mark.parametrize("command", ["check", "bench", "run", "info"])
def test_json_stands_alone_on_stdout(command, bundle_path, capfd):
    main([command, str(bundle_path), "--json", *(QUICK if command == "bench" else [])])
    read = json.loads(capfd.readouterr().out)
    assert read["schema_version"] == 1


def test_a_failed_gate_ends_with_1(bundle_path, capsys):
    assert main(["bench", str(bundle_path), *QUICK, "--min-speedup", "1000"]) == 1
    assert "FAILED: a speed-up of 1000x was asked for" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["check"],
        ["bench", "b", "--threads", "many"],
        ["info", "b", "-x"],
        ["bench", "b", "--sustained", "long"],
        ["bench", "b", "--sustained", "-3m"],
        ["bench", "b", "--sustained", ""],
        ["bench", "b", "--sustained", "0s"],
    ],
)
def test_words_that_mean_nothing_end_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["check", "--max-drop"], ["bench", "--min-speedup"]])
@pytest.mark.parametrize("number", ["nan", "inf", "much", "-1"])
def test_a_gate_that_is_no_number_ends_with_2(words, number, bundle_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main([words[0], str(bundle_path), f"{words[1]}={number}"])
    assert ended.value.code == 2
    assert f"{number!r} is no number from 0 on" in capsys.readouterr().err


def test_an_unknown_engine_ends_with_2(bundle_path, capsys):
    assert main(["run", str(bundle_path), "--engine", "tpu"]) == 2
    assert capsys.readouterr().err.startswith("error: there is no engine 'tpu'; choose one of")


def test_no_bundle_ends_with_3_and_one_line(tmp_path, capsys):
    assert main(["check", str(tmp_path / "none")]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: there is no bundle folder")
    assert shown.err.count("\n") == 1


def test_a_traceback_comes_only_when_asked_for(tmp_path, capsys):
    assert main(["check", str(tmp_path / "none"), "-v"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_bug_of_ours_is_still_one_line(bundle_path, monkeypatch, capsys):
    def fail(path):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(cli, "open_bundle", fail)
    assert main(["info", str(bundle_path)]) == 3
    said = "this should not happen: ZeroDivisionError('oops'); run it again with -v"
    assert capsys.readouterr().err == f"error: {said}\n"


def test_a_fault_of_the_system_ends_with_3(bundle_path, monkeypatch, capsys):
    def fail(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli, "open_bundle", fail)
    assert main(["info", str(bundle_path)]) == 3
    assert "No space left on device" in capsys.readouterr().err


def test_an_interruption_ends_without_a_traceback(bundle_path, monkeypatch, capsys):
    def interrupt(path):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "open_bundle", interrupt)
    assert main(["info", str(bundle_path)]) == 130
    assert capsys.readouterr().err == "error: interrupted\n"


@pytest.mark.parametrize(("suffix", "batch"), [("npy", True), ("npy", False), ("npz", True)])
def test_run_takes_an_array_with_or_without_its_batch_axis(
    suffix, batch, bundle_path, tmp_path, images, tiny, capsys
):
    path = tmp_path / f"input.{suffix}"
    x = images[5:6] if batch else images[5]
    np.save(path, x) if suffix == "npy" else np.savez(path, x=x)
    assert main(["run", str(bundle_path), str(path), "--precision", "fp32", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["outputs"]["logits"]
    # float32 sums of 8 products in another order: a few units in the last place
    np.testing.assert_allclose(found, tiny.exact(images[5:6]), rtol=0, atol=1e-5)


def test_a_label_that_would_steer_the_terminal_is_shown_harmless(bundle_path, capsys):
    manifest = bundle_path / "manifest.json"
    read = json.loads(manifest.read_text())
    read["labels"] = [f"\x1b[2J{label}" for label in read["labels"]]
    manifest.write_text(json.dumps(read))
    main(["run", str(bundle_path)])
    said = capsys.readouterr().out
    assert "\ufffd[2J" in said
    assert "\x1b" not in said


def test_run_names_the_likeliest_class_first(bundle_path, tiny, images, capsys):
    main(["run", str(bundle_path)])
    labels = ("fist", "palm", "thumb", "none")
    rows = capsys.readouterr().out.splitlines()
    assert rows[1].split()[0] == labels[int(tiny.simulate(images[:1]).argmax())]


def test_an_input_that_is_no_array_ends_with_3(bundle_path, tmp_path, capsys):
    path = tmp_path / "photo.npy"
    path.write_bytes(b"\x89PNG")
    assert main(["run", str(bundle_path), str(path)]) == 3
    assert "photo.npy is no readable .npy" in capsys.readouterr().err


def test_a_missing_input_ends_with_3(bundle_path, tmp_path, capsys):
    assert main(["run", str(bundle_path), str(tmp_path / "x.npy")]) == 3
    assert "there is no file" in capsys.readouterr().err


def test_a_terminal_without_umlauts_gets_question_marks(make_bundle):
    path = make_bundle(labels=("fünf", "fünf", "fünf", "fünf"))
    home = str(Path(edgeattn_runtime.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-m", "edgeattn_runtime", "run", str(path)],
        env={"PYTHONPATH": home, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"f?nf" in done.stdout


def test_an_input_of_the_wrong_shape_ends_with_3(bundle_path, tmp_path, capsys):
    np.save(tmp_path / "x.npy", np.zeros((1, 5), np.float32))
    assert main(["run", str(bundle_path), str(tmp_path / "x.npy")]) == 3
    assert "has shape [1, 5], the model takes [1, 8]" in capsys.readouterr().err


def test_info_says_which_files_were_not_copied(bundle_path, capsys):
    (bundle_path / "model_fp32.tflite").unlink()
    main(["info", str(bundle_path)])
    assert "not copied" in capsys.readouterr().out


def test_progress_is_only_for_somebody_who_watches(bundle_path, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.delenv("CI", raising=False)
    main(["check", str(bundle_path)])
    assert "checking model_int8.onnx" in capsys.readouterr().err
    main(["check", str(bundle_path), "-q"])
    assert capsys.readouterr().err == ""


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("edgeattn-runtime 0.")


def test_cores_that_are_not_there_end_with_2(bundle_path, capsys):
    assert main(["bench", str(bundle_path), "--cores", "4000"]) == 2
    assert "there is no core 4000 here; this machine has" in capsys.readouterr().err


def test_everything_a_bench_can_measure_is_asked_for_by_a_flag(bundle_path, monkeypatch):
    called = {}

    def bench(bundle, **options):
        called.update(options)
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "bench_bundle", bench)
    words = "--threads 2 --cores 0-1 --sustained 2m --cold-start --per-op --energy --no-memory"
    assert main(["bench", str(bundle_path), *words.split()]) == 130
    expected = {"threads": 2, "cores": "0-1", "sustained_s": 120.0, "memory": False}
    asked = {"cold_start": True, "per_op": True, "energy": True}
    assert called.items() >= {**expected, **asked}.items()
