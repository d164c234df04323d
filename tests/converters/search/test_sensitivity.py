import pytest

from edgeattn_converters.search import sensitivity
from edgeattn_converters.search.journal import Journal
from edgeattn_converters.search.sensitivity import noises
from tests.converters.search.subjects import subject


def silent(text):
    pass


@pytest.fixture(scope="module")
def found():
    return {
        name: noises(subject(name), Journal(None, ""), silent) for name in ("hybrid", "outliers")
    }


def test_float_has_no_noise_and_int8_has_some(found):
    for (_, precision), noise in found["hybrid"].items():
        assert (noise == 0) if precision == "float" else (0 < noise < 0.1)


def test_an_outlier_stands_out_on_both_sides_of_it(found):
    plain, wide = found["hybrid"], found["outliers"]
    for group in ("stem.0.0", "stem.2.0"):
        assert wide[group, "int8"] > 30 * plain[group, "int8"]
    # The same weights and the same activations there, so nearly the same noise.
    for group in ("attention.qkv", "head"):
        assert wide[group, "int8"] == pytest.approx(plain[group, "int8"], rel=0.1)


def test_dynamic_ranges_have_less_noise(found):
    plain = found["hybrid"]
    assert plain["attention.out", "dynamic"] < plain["attention.out", "int8"] / 30


def test_the_same_subject_gives_the_same_noise(found):
    assert noises(subject("hybrid"), Journal(None, ""), silent) == found["hybrid"]


def test_what_the_journal_knows_is_not_measured(tmp_path, monkeypatch, found):
    path = tmp_path / "search.jsonl"
    noises(subject("hybrid"), Journal(path, "key"), silent)
    monkeypatch.setattr(sensitivity, "_outputs", lambda program, samples: None)
    assert noises(subject("hybrid"), Journal(path, "key"), silent) == found["hybrid"]


def test_every_measurement_is_announced():
    said = []
    noises(subject("hybrid"), Journal(None, ""), said.append)
    assert said[0] == "sensitivity of stem.0.0 in int8"
    assert len(said) == 10  # two convolutions, two products, and three Linears twice
