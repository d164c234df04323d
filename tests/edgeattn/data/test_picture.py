import io

import numpy as np
import pytest
from PIL import Image

from edgeattn.data import picture
from edgeattn.data.picture import PictureError, read_picture


def stored(image: Image.Image, kind: str = "PNG", **options: object) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **options)
    file.seek(0)
    return file


def test_pixels_become_numbers_from_zero_to_one():
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[0, 1] = (255, 51, 0)
    found = read_picture(stored(Image.fromarray(pixels)), 4, 4)
    assert (found.shape, found.dtype) == ((3, 4, 4), np.float32)
    np.testing.assert_allclose(found[:, 0, 1], [1.0, 0.2, 0.0], atol=1e-7)


def test_the_middle_of_a_wide_image_is_kept():
    pixels = np.zeros((4, 12, 3), np.uint8)
    pixels[:, 4:8] = 255
    assert (read_picture(stored(Image.fromarray(pixels)), 4, 4) == 1).all()


@pytest.mark.parametrize("size", [(5, 7), (7, 5), (1, 9), (640, 3)])
@pytest.mark.parametrize("wanted", [(4, 6), (6, 4), (32, 32)])
def test_every_shape_fits(size, wanted):
    assert read_picture(stored(Image.new("RGB", size)), *wanted).shape == (3, *wanted)


def test_shrinking_averages_instead_of_picking():
    board = np.indices((64, 64)).sum(0) % 2 * 255
    shrunk = read_picture(stored(Image.fromarray(board.astype(np.uint8))), 8, 8)
    # A checkerboard averages to grey; one step of 8 bits is 0.004.
    np.testing.assert_allclose(shrunk, 0.5, atol=2 / 255)


def test_the_rotation_of_the_camera_is_applied():
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[0] = 255  # a white line on top, stored as if the camera was turned
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[0x0112] = 6  # rotate 90 degrees clockwise
    found = read_picture(stored(image, exif=exif), 4, 4)
    assert found[0, :, 3].tolist() == [1, 1, 1, 1]
    assert found[0, :, 0].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "LA"])
def test_every_ordinary_mode_becomes_rgb(mode):
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert read_picture(stored(Image.new(mode, (4, 4)), kind), 4, 4).shape == (3, 4, 4)


def test_sixteen_bits_are_refused_instead_of_clipped():
    image = Image.fromarray(np.full((4, 4), 40000, np.uint16))
    with pytest.raises(PictureError, match="save it with 8 bits per channel"):
        read_picture(stored(image), 4, 4)


def test_text_and_truncated_files_are_refused():
    with pytest.raises(PictureError, match="no image format known"):
        read_picture(io.BytesIO(b"hello"), 4, 4)
    whole = stored(Image.effect_noise((64, 64), 50), "JPEG").getvalue()
    with pytest.raises(PictureError, match="truncated"):
        read_picture(io.BytesIO(whole[:-200]), 4, 4)


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch):
    file = stored(Image.new("1", (20_000, 20_000)))
    with pytest.raises(PictureError, match=r"decompression bomb|400 megapixels"):
        read_picture(file, 4, 4)
    monkeypatch.setattr(picture, "PIXELS_LIMIT", 100)
    with pytest.raises(PictureError, match="megapixels, over"):
        read_picture(stored(Image.new("RGB", (20, 20))), 4, 4)
