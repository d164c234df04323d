import numpy as np
import pytest

from edgeattn_converters.search import stopwatch
from edgeattn_converters.search.stopwatch import time_in_turn
from edgeattn_runtime.errors import BrokenModel
from tests.converters.search.subjects import measured, subject


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(stopwatch, "ITERATIONS", 3)


def test_every_file_is_timed_as_often_as_the_others():
    files = {one.draft.key: one.draft.content for one in measured()[:3]}
    found = time_in_turn(subject().evidence.x, 1)(files)
    assert list(found) == list(files)
    assert {each.n for each in found.values()} == {3}


def test_one_sample_fills_the_batch_of_a_model():
    content = measured()[0].draft.content
    one = {name: values[:1] for name, values in subject().evidence.x.items()}
    assert time_in_turn(one, 1)({"a": content})["a"].n == 3


def test_a_file_that_no_engine_reads_is_an_error():
    with pytest.raises(BrokenModel):
        time_in_turn({"x": np.zeros((1, 3))}, 1)({"a": b"\0\0\0\0TFL3 no more"})
