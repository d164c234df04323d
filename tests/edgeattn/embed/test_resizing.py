import numpy as np
from PIL import Image

from edgeattn.data.picture import cover
from edgeattn.embed import resizing
from edgeattn.embed.resizing import SIZES, resized_cases


def test_each_case_is_a_photo_and_what_pillow_makes_of_it():
    for case, (height, width) in zip(resized_cases(64, 48), SIZES, strict=True):
        photo = np.frombuffer(case.photo.content, np.uint8).reshape(height, width, 3)
        fitting = np.frombuffer(case.fitting.content, np.uint8).reshape(64, 48, 3)
        assert np.array_equal(np.asarray(cover(Image.fromarray(photo), 64, 48)), fitting)


def test_no_two_rows_columns_or_channels_of_a_photo_are_alike():
    for case in resized_cases(64, 64):
        photo = np.frombuffer(case.photo.content, np.uint8).reshape(case.height, case.width, 3)
        for axis in range(3):
            assert np.unique(photo, axis=axis).shape[axis] == photo.shape[axis]


def test_without_pillow_there_are_no_cases(monkeypatch):
    monkeypatch.setattr(resizing.importlib.util, "find_spec", lambda name: None)
    assert resized_cases(64, 64) == ()
