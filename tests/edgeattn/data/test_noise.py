import numpy as np
import pytest

from edgeattn.data.noise import random_data
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.port import Port

PORTS = (Port("x", (1, 3, 8), "float32"), Port("ids", (1, 5), "int64"), Port("m", (1, 5), "bool"))


def test_noise_fits_the_inputs():
    data = random_data(PORTS, 4)
    assert {name: (a.shape, a.dtype.name) for name, a in data.x.items()} == {
        "x": ((4, 3, 8), "float32"),
        "ids": ((4, 5), "int64"),
        "m": ((4, 5), "bool"),
    }
    assert data.y is None
    assert data.source == "random noise"


def test_noise_is_the_same_for_the_same_seed_only():
    assert random_data(PORTS, 2).hashes() == random_data(PORTS, 2).hashes()
    assert random_data(PORTS, 2).hashes() != random_data(PORTS, 2, seed=1).hashes()
    assert set(np.unique(random_data(PORTS, 9).x["ids"])) == {0, 1}


def test_no_samples_are_refused():
    with pytest.raises(BadUsage, match="take at least 1"):
        random_data(PORTS, 0)
