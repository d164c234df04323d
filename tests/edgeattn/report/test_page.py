import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from edgeattn.report import page
from edgeattn.report.page import check_can_draw, sample_photos
from edgeattn_converters.evidence import Evidence
from edgeattn_runtime.errors import BadEnvironment


@pytest.fixture
def converted(monkeypatch):
    """Return a conversion whose int8 file answers the opposite class."""

    def make(images, logits, y=None, *, integers=True):
        session = object()
        answered = SimpleNamespace(logits=-logits)
        monkeypatch.setattr(page, "open_session", lambda content: session)
        monkeypatch.setattr(
            page,
            "evaluate",
            lambda _, x: SimpleNamespace(logits=answered.logits[_rows(images, x["x"])]),
        )
        draft = SimpleNamespace(precision="int8", file="model_int8.onnx", content=b"")
        return SimpleNamespace(
            evidence=Evidence({"x": images}, y, {"output": logits}),
            decided=SimpleNamespace(
                shipped=[SimpleNamespace(draft=draft)] if integers else [],
                verdict=SimpleNamespace(winner="model_int8.onnx"),
            ),
        )

    return make


def _rows(images, chosen):
    return [int(np.flatnonzero((images == one).all((1, 2, 3)))[0]) for one in chosen]


def photos(count=12):
    return np.random.default_rng(0).random((count, 3, 16, 12)).astype(np.float32)


LOGITS = np.stack([np.arange(12.0), np.zeros(12)], 1).astype(np.float32)


def test_photos_run_from_the_least_to_the_most_certain(converted):
    shown = sample_photos(converted(photos(), LOGITS, np.zeros(12, np.int64)), ("yes", "no"))
    assert len(shown) == 8
    confidences = [one["float_confidence"] for one in shown]
    assert confidences == sorted(confidences)
    assert {one["label"] for one in shown} == {"yes"}
    assert (shown[-1]["float_prediction"], shown[-1]["int8_prediction"]) == ("yes", "no")


def test_a_photo_is_a_png_of_its_own_shape(converted):
    shown = sample_photos(converted(photos() * 4 - 2, LOGITS), None)
    with Image.open(io.BytesIO(base64.b64decode(shown[0]["image_png_base64"]))) as image:
        assert (image.format, image.size) == ("PNG", (12, 16))
    assert shown[0]["label"] is None
    assert shown[0]["float_prediction"] in ("0", "1")


@pytest.mark.parametrize(
    ("images", "logits", "integers"),
    [
        (np.zeros((12, 4), np.float32), LOGITS, True),  # no photos
        (np.zeros((12, 1, 8, 8), np.float32), LOGITS, True),  # one channel
        (photos(), LOGITS[:, :1], True),  # no classes
        (photos(), LOGITS, False),  # no int8 file
    ],
)
def test_what_is_no_photo_or_no_class_is_not_shown(converted, images, logits, integers):
    assert sample_photos(converted(images, logits, integers=integers), None) == []


def test_a_machine_without_jinja_is_told_before_anything_is_measured(monkeypatch):
    check_can_draw()
    monkeypatch.setattr(page.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadEnvironment, match=r"needs Jinja2.*edgeattn\[report\]"):
        check_can_draw()
