from __future__ import annotations

import pytest
import torch

from edgeattn.data.named import data_home, load_named
from edgeattn.models.catalog.audio import AUDIO
from edgeattn.models.checkpoint import load_checkpoint

SHIPPED = [name for name, entry in AUDIO.items() if entry.checkpoint]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_weights_know_what_they_hear(name: str) -> None:
    checkpoint = load_checkpoint(AUDIO[name].checkpoint_path())
    assert (checkpoint.model, checkpoint.dataset) == (name, "fsdd")
    assert checkpoint.labels == tuple("0123456789")
    assert checkpoint.preprocessing == ({"step": "frames", "rate": 8000, "samples": 8000},)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.skipif(
    not (data_home() / "fsdd").is_dir(), reason="needs fsdd in EDGEATTN_DATA (docs/data.md)"
)
def test_the_shipped_weights_get_the_test_digits_right_as_often_as_the_catalog_says(
    name: str,
) -> None:
    data = load_named("fsdd", "test")
    model = load_checkpoint(AUDIO[name].checkpoint_path()).module
    with torch.no_grad():
        guesses = model(torch.from_numpy(data.x["x"])).argmax(1).numpy()
    accuracy = AUDIO[name].accuracy
    assert accuracy is not None
    # Another CPU may tip a recording whose two best logits agree to the last bits: one of 300.
    assert abs(int((guesses == data.y).sum()) - round(accuracy * len(data))) <= 1
