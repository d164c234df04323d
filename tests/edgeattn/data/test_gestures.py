from __future__ import annotations

import hashlib
import itertools
import runpy
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from edgeattn.data.gestures import SPLITS, decode, load_gestures, read_archive
from edgeattn_runtime.errors import BadData, BadEnvironment, BadUsage

FOLDER = Path(str(resources.files("edgeattn"))) / "data" / "gestures"


@pytest.fixture(scope="module")
def archive() -> dict[str, np.ndarray]:
    return read_archive()


def test_each_split_holds_the_number_of_photos_that_the_page_says() -> None:
    sizes = {split: len(load_gestures(split).x["x"]) for split in SPLITS}
    assert sizes == {"train": 1245, "validation": 272, "test": 545}


def test_photos_are_float_between_zero_and_one_with_a_label_each() -> None:
    data = load_gestures("validation")
    photos = data.x["x"]
    assert photos.dtype == np.float32
    assert photos.shape == (272, 3, 64, 64)
    assert 0 <= photos.min() < 0.05 < 0.9 < photos.max() <= 1
    assert data.y is not None
    assert data.y.dtype == np.int64
    assert set(data.y.tolist()) == set(range(10))
    assert data.labels == tuple("0123456789")


def test_the_pixels_are_those_that_training_saw(archive: dict[str, np.ndarray]) -> None:
    pixels = decode(archive["jpeg"], archive["offsets"], np.arange(2062))
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    assert digest in (FOLDER / "SOURCE.md").read_text()


def test_the_source_page_names_the_file_that_is_shipped() -> None:
    digest = hashlib.sha256((FOLDER / "gestures.npz").read_bytes()).hexdigest()
    assert digest in (FOLDER / "SOURCE.md").read_text()


def test_no_photo_is_on_two_sides(archive: dict[str, np.ndarray]) -> None:
    jpeg, offsets = archive["jpeg"].tobytes(), archive["offsets"]
    files = [jpeg[a:b] for a, b in itertools.pairwise(offsets)]
    assert len(set(files)) == len(files) == 2062


def test_an_unknown_split_is_refused_by_name() -> None:
    with pytest.raises(BadUsage, match=r"no split 'dev'; choose train, validation, test"):
        load_gestures("dev")


def test_a_damaged_photo_is_named(archive: dict[str, np.ndarray]) -> None:
    jpeg = archive["jpeg"].copy()
    jpeg[archive["offsets"][7] : archive["offsets"][8]] = 0
    with pytest.raises(BadData, match=r"photo 7 of 2062 in gestures.npz is damaged"):
        decode(jpeg, archive["offsets"], np.array([7]))


def test_a_missing_pillow_says_what_to_install(
    archive: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(BadEnvironment, match=r"pip install 'edgeattn\[train\]'"):
        decode(archive["jpeg"], archive["offsets"], np.array([0]))


def test_a_truncated_archive_says_to_install_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "data" / "gestures" / "gestures.npz"
    broken.parent.mkdir(parents=True)
    broken.write_bytes((FOLDER / "gestures.npz").read_bytes()[:1000])
    monkeypatch.setattr("edgeattn.data.gestures.resources.files", lambda package: tmp_path)
    with pytest.raises(BadEnvironment, match=r"cannot be read .*; install edgeattn again"):
        read_archive()


def test_the_generator_packs_what_the_loader_reads(
    tmp_path: Path, archive: dict[str, np.ndarray]
) -> None:
    """Photos already at 64x64 pass through the generator with their labels and a split."""
    ends = archive["offsets"][:6]
    np.savez(
        tmp_path / "all.npz",
        jpeg=archive["jpeg"][: ends[-1]],
        offsets=ends,
        labels=archive["labels"][:5],
        classes=archive["classes"],
    )
    generator = runpy.run_path(str(FOLDER / "generate.py"))
    generator["main"](tmp_path, tmp_path / "made.npz")
    with np.load(tmp_path / "made.npz") as made:
        pixels = decode(made["jpeg"], made["offsets"], np.arange(5))
        assert made["labels"].tolist() == archive["labels"][:5].tolist()
        assert set(made["split"].tolist()) <= {0, 1, 2}
    before = decode(archive["jpeg"], archive["offsets"], np.arange(5))
    # A second JPEG of quality 95 moves a pixel by about 1 of 255 on average.
    assert np.abs(pixels.astype(int) - before).mean() < 2


def test_the_generator_stops_at_a_photo_it_cannot_read(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "all.npz",
        jpeg=np.zeros(10, np.uint8),
        offsets=np.array([0, 10]),
        labels=np.zeros(1, np.uint8),
        classes=np.array(["0"]),
    )
    generator = runpy.run_path(str(FOLDER / "generate.py"))
    with pytest.raises(OSError, match="cannot identify image file"):
        generator["main"](tmp_path, tmp_path / "made.npz")
    assert not (tmp_path / "made.npz").exists()
