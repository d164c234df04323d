from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edgeattn.audit.material import load_material
from edgeattn_runtime.errors import BadData
from tests.edgeattn.audit.conftest import motions


def saved(tmp_path: Path, **arrays: Any) -> str:
    np.savez(tmp_path / "data.npz", **arrays)
    return str(tmp_path / "data.npz")


def test_data_without_a_test_set_are_divided_in_three(archive: Path) -> None:
    found = load_material(str(archive))
    assert not found.own_test
    sizes = [len(part) for part in (found.train, found.validation, found.test)]
    assert sizes == [51, 13, 16]  # a fifth tests, a fifth of the rest validates
    parts = (found.splits.train, found.splits.validation, found.splits.test)
    hashes = [name for part in parts if part is not None for name in part.hashes()]
    assert len(set(hashes)) == 80


def test_a_named_set_keeps_its_own_test_set() -> None:
    found = load_material("gestures")
    assert found.own_test
    assert (len(found.train), len(found.validation), len(found.test)) == (1245, 272, 545)
    assert found.signal.shape == (3, 64, 64)
    assert found.signal.classes == 10
    assert found.majority() == 68 / 545


def test_a_folder_of_photos_is_read_at_the_size_asked_for(tmp_path: Path) -> None:
    for number in range(50):
        place = tmp_path / "photos" / ("dark" if number % 2 else "bright") / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 50), (200 - 100 * (number % 2),) * 3).save(place)
    found = load_material(str(tmp_path / "photos"), image_size=32)
    assert found.signal.shape == (3, 32, 32)
    assert found.splits.train.labels == ("bright", "dark")


def test_a_folder_of_recordings_is_read_as_one_second_at_8_kHz(tmp_path: Path) -> None:  # noqa: N802
    import wave

    draw = np.random.default_rng(0)
    for number in range(50):
        place = tmp_path / "words" / ("yes" if number % 2 else "no") / f"{number}.wav"
        place.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(place), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes((draw.standard_normal(6000) * 5000).astype("<i2").tobytes())
    found = load_material(str(tmp_path / "words"))
    assert found.signal.kind == "audio"
    assert found.signal.shape == (8000,)


def test_text_comes_with_its_mask_or_without(tmp_path: Path) -> None:
    ids = np.random.default_rng(0).integers(0, 20, (50, 8))
    y = np.arange(50) % 2
    plain = load_material(saved(tmp_path, ids=ids, y=y))
    assert (plain.signal.vocabulary, plain.signal.masked) == (int(ids.max()) + 1, False)
    assert plain.names == ("x",)
    masked = load_material(saved(tmp_path, ids=ids, mask=np.ones((50, 8), np.float32), y=y))
    assert masked.signal.masked
    assert list(masked.calibration()) == ["ids", "mask"]
    assert masked.calibration()["ids"].dtype == np.int32  # engines look rows up by 32 bits


def test_samples_that_nobody_knows_are_not_turned(archive: Path) -> None:
    found = load_material(str(archive))
    assert found.recipe.augmentation is None
    assert load_material("gestures").recipe.augmentation is not None


def test_the_warm_up_does_not_depend_on_the_number_of_epochs(archive: Path) -> None:
    assert load_material(str(archive)).recipe.warm_up_epochs == 1.0


LABELS = np.arange(50) % 2


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": motions(50)["x"]}, "has no labels"),
        ({"x": motions(50)["x"], "y": np.zeros(50, int)}, "of one class"),
        ({"x": np.ones((50, 12), np.float32), "y": LABELS}, "samples of 12 numbers, and a sound"),
        (
            {"x": np.full((50, 3, 16, 16), 7.0), "y": LABELS},
            "values from 7 to 7; give pixels / 255",
        ),
        ({"x": np.ones((50, 3, 4, 5, 6)), "y": LABELS}, "an audit reads floats"),
        ({"x": np.ones((50, 3, 24), np.int64), "y": LABELS}, r"int64 \[3, 24\]; an audit reads"),
        ({"a": np.ones((50, 9)), "b": np.ones((50, 9)), "y": LABELS}, "has the inputs a, b"),
        (
            {"ids": np.ones((50, 9), int), "other": np.ones((50, 9)), "y": LABELS},
            "has the inputs ids, other; an audit reads text as `ids`",
        ),
        ({"x": np.ones((50, 1, 4, 512)) / 2, "y": LABELS}, "too narrow to be looked at in patches"),
        ({"ids": np.full((50, 9), -1), "y": LABELS}, "has ids from -1"),
        ({"ids": np.ones((50, 999), int), "y": LABELS}, "rows of 999"),
        ({"x": motions(4)["x"], "y": np.arange(4) % 2}, "leaves 1 samples to test with, too few"),
        ({"x": motions(2)["x"], "y": np.arange(2)}, "too few to hold 20% back"),
    ],
)
def test_what_no_candidate_could_take_is_refused(
    tmp_path: Path, arrays: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadData, match=message):
        load_material(saved(tmp_path, **arrays))
