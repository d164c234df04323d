import warnings

import pytest

from edgeattn.cli.noise import NOISE, mute_third_parties


@pytest.mark.parametrize("noise", NOISE, ids=lambda noise: noise.message)
def test_a_known_warning_is_muted_for_a_stated_reason(noise):
    assert noise.reason
    with warnings.catch_warnings(record=True) as heard:
        mute_third_parties()
        warnings.warn(f"{noise.message} And so on.", noise.category, stacklevel=1)
    assert heard == []


@pytest.mark.filterwarnings("always::UserWarning")
def test_a_warning_that_only_looks_like_it_is_heard():
    with warnings.catch_warnings(record=True) as heard:
        mute_third_parties()
        warnings.warn("Not: Exporting a model while in training mode", UserWarning, stacklevel=1)
    assert len(heard) == 1
