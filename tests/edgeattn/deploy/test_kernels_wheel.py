"""Wheels of edgeattn-kernels for boards: checked, kept, chosen, sent."""

import platform
import zipfile
from pathlib import Path

import pytest

from edgeattn.deploy.deployment import deploy
from edgeattn.deploy.kernels_wheel import LARGEST, LIBRARY, fits, keep_kernels, kernels_wheel
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadEnvironment, BadInput
from tests.edgeattn.deploy.facts import python

NAME = "edgeattn_kernels-0.1.0-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEATTN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache/wheels"


def make(folder: Path, name: str = NAME, library: str = LIBRARY) -> Path:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("edgeattn_kernels/__init__.py", "")
        archive.writestr(library, "x" * 1000)
    return folder / name


def test_a_wheel_is_kept_and_found_for_the_boards_it_fits(tmp_path, cache):
    assert kernels_wheel(python(), "aarch64") is None
    kept = keep_kernels(make(tmp_path / "dist"))
    assert kept == cache / NAME
    assert keep_kernels(kept) == kept  # named where it lies
    found = kernels_wheel(python(), "aarch64")
    assert found is not None
    assert found.path == kept
    assert found.unpacked_bytes == 1000
    assert kernels_wheel(python(), "x86_64") is None
    assert kernels_wheel(python(glibc=None), "aarch64") is None
    assert not fits(kept, python(glibc=None), "aarch64")


def test_a_wheel_that_was_laid_into_the_folder_by_hand_counts_once_it_was_named(cache):
    cache.mkdir(parents=True)
    wheel = make(cache)
    assert kernels_wheel(python(), "aarch64") is None
    keep_kernels(wheel)
    assert kernels_wheel(python(), "aarch64").path == wheel


def test_a_wheel_of_this_very_machine_fits_its_architecture(tmp_path):
    keep_kernels(make(tmp_path / "dist", "edgeattn_kernels-0.1.0-py3-none-linux_x86_64.whl"))
    assert kernels_wheel(python(), "x86_64") is not None
    assert kernels_wheel(python(), "aarch64") is None


def test_the_newest_of_several_goes(tmp_path):
    for version in ("0.2.0", "0.10.0", "0.9.0"):
        keep_kernels(make(tmp_path / "dist", NAME.replace("0.1.0", version)))
    assert "0.10.0" in kernels_wheel(python(), "aarch64").path.name


def test_a_kept_wheel_that_was_altered_is_not_sent(tmp_path):
    kept = keep_kernels(make(tmp_path / "dist"))
    kept.write_bytes(kept.read_bytes() + b"x")
    assert kernels_wheel(python(), "aarch64") is None


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "there is no wheel .*`make kernel-wheels` makes it"),
        (lambda path: path.write_bytes(b"no zip"), "cannot be read as a wheel"),
        (lambda path: path.write_bytes(b"x" * (LARGEST + 1)), r"has 4\.2 MB"),
        (
            lambda path: make(path.parent, path.name, "other/lib.so"),
            "libedgeattn_kernels.so is not",
        ),
    ],
    ids=["missing", "no zip", "too large", "of something else"],
)
def test_what_is_no_wheel_of_the_kernels_is_refused(tmp_path, cache, spoil, said):
    path = make(tmp_path / "dist")
    spoil(path)
    with pytest.raises(BadInput, match=said):
        keep_kernels(path)
    assert not list(cache.glob("*"))


@pytest.mark.parametrize("name", ["numpy-2.4.6-cp311-cp311-manylinux2014_aarch64.whl", "x.zip"])
def test_a_wheel_of_another_name_is_refused(tmp_path, name):
    with pytest.raises(BadInput, match="is no wheel of edgeattn-kernels"):
        keep_kernels(make(tmp_path / "dist", name))


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EDGEATTN_CACHE", str(tmp_path / "file"))
    with pytest.raises(BadEnvironment, match="EDGEATTN_CACHE names another folder"):
        keep_kernels(make(tmp_path / "dist"))


def test_the_library_goes_along_once_and_stays(board, home, bundle_path, tmp_path):
    bundle = open_bundle(bundle_path)
    architecture = platform.machine()
    wheel = make(tmp_path / "dist", f"edgeattn_kernels-0.1.0-py3-none-linux_{architecture}.whl")
    deploy(bundle, board, kernels=wheel)
    [there] = home.rglob("libedgeattn_kernels.so")
    assert there.parent.name == "edgeattn_kernels"
    again = deploy(bundle, board)
    assert again.moved_bytes == 0


def test_a_wheel_for_another_machine_is_told_before_anything_is_sent(
    board, home, bundle_path, tmp_path
):
    wheel = make(tmp_path / "dist", "edgeattn_kernels-0.1.0-py3-none-manylinux2014_riscv64.whl")
    with pytest.raises(BadInput, match="does not fit the board, whose Python"):
        deploy(open_bundle(bundle_path), board, kernels=wheel)
    assert not list(home.rglob("releases"))
