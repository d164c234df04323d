"""A bundle appears whole or not at all; an old one stays until then."""

import errno
import hashlib
import os
import subprocess
from types import SimpleNamespace

import numpy as np
import pytest

from edgeattn_converters import bundle_writer
from edgeattn_converters.bundle_writer import (
    EVALUATION_BYTES,
    EVALUATION_SAMPLES,
    check_out,
    staged,
    write_evaluation,
    write_files,
    write_golden,
    write_recipe,
)
from edgeattn_converters.evidence import GOLDEN, Evidence
from edgeattn_converters.recipe import RECIPES, read_recipe
from edgeattn_runtime.errors import BadEnvironment, BadUsage
from edgeattn_runtime.preprocessing import Step, preprocess
from edgeattn_runtime.samples import Golden, Samples

PIXELS = (
    {"step": "resize", "size": [8, 8]},
    {"step": "cast", "dtype": "float32"},
    {"step": "scale", "factor": 1 / 255},
    {"step": "transpose", "axes": [0, 3, 1, 2]},
)


@pytest.fixture
def old(tmp_path):
    """A bundle that lies at `out` already."""
    out = tmp_path / "bundle"
    out.mkdir()
    (out / "manifest.json").write_text("old")
    return out


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_takes_its_place_when_it_is_whole(tmp_path):
    out = tmp_path / "deep" / "bundle"
    with staged(out, force=False) as folder:
        (folder / "manifest.json").write_text("new")
        assert not out.exists()
    assert (out / "manifest.json").read_text() == "new"
    assert names(out.parent) == ["bundle"]
    assert out.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("fault", [KeyboardInterrupt, SystemExit, ValueError, MemoryError])
def test_whatever_interrupts_leaves_neither_bundle_nor_scraps(tmp_path, fault):
    def interrupted():
        with staged(tmp_path / "bundle", force=False) as folder:
            (folder / "model.onnx").write_bytes(b"half")
            raise fault

    with pytest.raises(fault):
        interrupted()
    assert names(tmp_path) == []


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ValueError])
def test_an_interrupted_replacement_leaves_the_old_bundle(old, fault):
    def interrupted():
        with staged(old, force=True):
            raise fault

    with pytest.raises(fault):
        interrupted()
    assert (old / "manifest.json").read_text() == "old"
    assert names(old.parent) == ["bundle"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError(errno.EIO, "broken disk")])
def test_an_interruption_between_the_two_moves_brings_the_old_bundle_back(old, monkeypatch, fault):
    real, moves = os.replace, []

    def replace(source, target):
        moves.append(target)
        if len(moves) == 2:
            raise fault
        real(source, target)

    monkeypatch.setattr(bundle_writer.os, "replace", replace)

    def replaced():
        with staged(old, force=True) as folder:
            (folder / "manifest.json").write_text("new")

    with pytest.raises(type(fault)):
        replaced()
    assert len(moves) == 3
    assert (old / "manifest.json").read_text() == "old"
    assert names(old.parent) == ["bundle"]


def test_force_replaces_a_bundle(old):
    with staged(old, force=True) as folder:
        (folder / "manifest.json").write_text("new")
    assert (old / "manifest.json").read_text() == "new"
    assert names(old.parent) == ["bundle"]


def test_an_empty_folder_is_a_good_place(tmp_path):
    out = tmp_path / "bundle"
    out.mkdir()
    with staged(out, force=False) as folder:
        (folder / "manifest.json").write_text("new")
    assert names(out) == ["manifest.json"]


def test_the_current_folder_is_a_good_place_when_it_is_empty(tmp_path, monkeypatch):
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    with staged(bundle_writer.Path("."), force=False) as folder:
        (folder / "manifest.json").write_text("new")
    assert names(place) == ["manifest.json"]


def test_a_place_that_is_taken_is_refused_without_force(old):
    with pytest.raises(BadUsage, match=r"is not empty; name another --out or add --force"):
        check_out(old, force=False)


def test_force_replaces_nothing_but_bundles(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(BadUsage, match="holds files but no bundle"):
        check_out(tmp_path, force=True)


@pytest.mark.parametrize("force", [False, True])
def test_a_file_or_a_link_is_never_replaced(tmp_path, old, force):
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("mine")
    link.symlink_to(old)
    with pytest.raises(BadUsage, match="is not a folder"):
        check_out(file, force=force)
    with pytest.raises(BadUsage, match="is a link"):
        check_out(link, force=force)


def test_a_place_inside_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with (
        pytest.raises(BadUsage, match="cannot be a folder"),
        staged(tmp_path / "file" / "bundle", force=False),
    ):
        pass


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "is full; free some space and run it again"),
        (errno.EDQUOT, "is full"),
        (errno.EACCES, "cannot be written"),
        (errno.EROFS, "cannot be written"),
    ],
)
def test_a_disk_that_takes_nothing_is_named_and_nothing_is_left(tmp_path, number, said):
    def full():
        with staged(tmp_path / "bundle", force=False) as folder:
            (folder / "model.onnx").write_bytes(b"half")
            raise OSError(number, os.strerror(number))

    with pytest.raises(BadEnvironment, match=said):
        full()
    assert names(tmp_path) == []


def test_a_file_elsewhere_that_cannot_be_read_is_not_blamed_on_the_bundle(tmp_path):
    fault = PermissionError(errno.EACCES, "Permission denied", "/elsewhere/photo.png")

    def unreadable():
        with staged(tmp_path / "bundle", force=False):
            raise fault

    with pytest.raises(PermissionError):
        unreadable()


def test_an_unwritable_parent_is_named(tmp_path, monkeypatch):
    def refuse(**options):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "x"))

    monkeypatch.setattr(bundle_writer.tempfile, "mkdtemp", refuse)
    with (
        pytest.raises(BadEnvironment, match="cannot be written"),
        staged(tmp_path / "bundle", force=False),
    ):
        pass


def test_a_disk_that_really_fills_up_leaves_nothing(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a small disk needs root")

    def fill():
        with staged(disk / "bundle", force=False) as folder:
            (folder / "model.onnx").write_bytes(bytes(1 << 20))

    try:
        with pytest.raises(BadEnvironment, match="is full"):
            fill()
        assert names(disk) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def shipped(file, precision, content=b"model", golden=None):
    """Return as much of a measured candidate as the writer reads."""
    draft = SimpleNamespace(
        file=file, format=file.rpartition(".")[2], precision=precision, content=content,
        audit=None, target=None,
    )  # fmt: skip
    return SimpleNamespace(
        draft=draft, facts=SimpleNamespace(engine="onnxruntime"), golden=golden or {}
    )


def evidence_of(x, classes=3, labelled=True):
    count = len(x)
    outputs = np.random.default_rng(0).normal(size=(count, classes)).astype(np.float32)
    return Evidence({"x": x}, np.arange(count) % classes if labelled else None, {"output": outputs})


def test_a_file_is_listed_with_its_size_and_hash(tmp_path):
    (file,) = write_files(tmp_path, (shipped("model_fp32.onnx", "fp32", b"content"),))
    assert (tmp_path / "model_fp32.onnx").read_bytes() == b"content"
    assert (file.bytes, file.sha256) == (7, hashlib.sha256(b"content").hexdigest())


def test_a_recipe_lies_beside_the_file_it_made(tmp_path):
    write_recipe(tmp_path, "tflite", RECIPES["int8-core"])
    path = tmp_path / "recipe.tflite.toml"
    assert read_recipe(str(path)) == RECIPES["int8-core"]
    assert "edgeattn convert MODEL --recipe recipe.tflite.toml" in path.read_text()


def test_golden_vectors_come_back_through_the_runtime(tmp_path):
    evidence = evidence_of(np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32))
    rows = evidence.golden_rows()
    expected = {"output": evidence.outputs["output"][rows] + 1}
    files = shipped("model_fp32.onnx", "fp32"), shipped("model_int8.onnx", "int8", golden=expected)
    write_golden(tmp_path, files, evidence)
    read = Golden.read(tmp_path / "golden.npz")
    assert len(rows) == GOLDEN == len(read.inputs["x"])
    np.testing.assert_array_equal(read.inputs["x"], evidence.x["x"][rows])
    np.testing.assert_array_equal(read.expected_of("model_int8.onnx")["output"], expected["output"])
    np.testing.assert_array_equal(
        read.expected_of("model_fp32.onnx")["output"], evidence.outputs["output"][rows]
    )


@pytest.mark.parametrize(("count", "width"), [(7, 4), (300, 4), (300, 4096)])
def test_evaluation_samples_stay_within_their_limits(tmp_path, count, width):
    evidence = evidence_of(np.random.default_rng(1).normal(size=(count, width)).astype(np.float32))
    write_evaluation(tmp_path, evidence, ())
    path = tmp_path / "eval.npz"
    read = Samples.read(path, inputs=("x",))
    assert path.stat().st_size <= EVALUATION_BYTES
    assert 7 <= len(read) <= EVALUATION_SAMPLES
    assert read.prepared
    row = int(np.flatnonzero((evidence.x["x"] == read.x["x"][0]).all(1))[0])
    assert evidence.y[row] == read.y[0]


def test_photos_travel_as_pixels_and_come_back_as_they_were(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (20, 8, 8, 3), np.uint8)
    photos = pixels.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
    write_evaluation(tmp_path, evidence_of(photos), PIXELS)
    read = Samples.read(tmp_path / "eval.npz", inputs=("x",))
    assert (read.prepared, read.x["x"].dtype) == (False, np.uint8)
    steps = tuple(Step.from_json(step) for step in PIXELS[1:])
    # One unit in the last place: x / 255 and x * (1 / 255) round differently.
    np.testing.assert_allclose(preprocess(read.x, steps)["x"], photos, rtol=0, atol=1.2e-7)


def test_what_is_no_photo_travels_as_it_is(tmp_path):
    images = np.random.default_rng(1).normal(size=(8, 3, 8, 8)).astype(np.float32)
    write_evaluation(tmp_path, evidence_of(images), PIXELS)
    assert Samples.read(tmp_path / "eval.npz", inputs=("x",)).prepared


def test_without_labels_there_is_no_evaluation_file(tmp_path):
    write_evaluation(tmp_path, evidence_of(np.zeros((8, 4), np.float32), labelled=False), ())
    assert names(tmp_path) == []


def test_a_sample_too_large_to_travel_is_left_out(tmp_path):
    huge = np.random.default_rng(1).normal(size=(4, 1 << 19)).astype(np.float32)
    write_evaluation(tmp_path, evidence_of(huge), ())
    assert names(tmp_path) == []
