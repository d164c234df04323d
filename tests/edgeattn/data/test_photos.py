import numpy as np
import pytest

from edgeattn.data.data import Data
from edgeattn.data.photos import UNIT_RANGE, is_photo_folder, prepared, steps_taken
from edgeattn_runtime.errors import BrokenModel

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 3), np.uint8)
DATA = Data(
    {"x": PIXELS.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)},
    np.arange(3), ("a", "b", "c"), "photos",
)  # fmt: skip


def test_a_models_own_steps_start_from_the_pixels():
    steps = (
        {"step": "resize", "size": [4, 5]},
        {"step": "cast", "dtype": "float32"},
        {"step": "normalize", "mean": [10.0, 20.0, 30.0], "std": [2.0, 4.0, 8.0]},
    )
    found = prepared(DATA, steps, "tiny")
    expected = (PIXELS.astype(np.float32) - [10, 20, 30]) / [2, 4, 8]
    np.testing.assert_allclose(found.x["x"], expected, rtol=1e-6)
    assert (found.y.tolist(), found.labels) == ([0, 1, 2], ("a", "b", "c"))


@pytest.mark.parametrize("steps", [(), UNIT_RANGE, steps_taken(4, 5)])
def test_the_usual_steps_leave_the_photos_as_they_are(steps):
    assert prepared(DATA, steps, "tiny") is DATA


@pytest.mark.parametrize("step", [{"step": "sharpen"}, {"step": "scale"}, {"size": 3}])
def test_a_step_nobody_knows_is_refused(step):
    with pytest.raises(BrokenModel, match=r"tiny\.preprocessing is not usable"):
        prepared(DATA, (step,), "tiny")


def test_a_folder_is_told_from_a_file_and_a_name(tmp_path):
    assert is_photo_folder(str(tmp_path))
    assert not any(map(is_photo_folder, (None, "gestures", str(tmp_path / "data.npz"))))
