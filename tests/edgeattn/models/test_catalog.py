from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from edgeattn.data.gestures import load_gestures
from edgeattn.models.catalog import ZOO, zoo_entry
from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.sources.zoo import example_of
from edgeattn_runtime.errors import BadUsage

# The least that each is worth shipping for, below what it was trained to.
LEAST = {"gesture-vit": 0.96}
GESTURES = [name for name, entry in ZOO.items() if entry.dataset == "gestures" and entry.checkpoint]


@pytest.mark.parametrize("name", ZOO)
def test_an_entry_counts_its_parameters_and_multiplications_right(name: str) -> None:
    entry = ZOO[name]
    model = entry.build().eval()
    assert sum(weight.numel() for weight in model.parameters()) == entry.params
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(*example_of(model, entry.input_shape))
    assert counter.get_total_flops() == 2 * entry.macs


@pytest.mark.parametrize("name", GESTURES)
def test_the_shipped_weights_get_the_test_photos_right_as_often_as_the_catalog_says(
    name: str,
) -> None:
    entry = ZOO[name]
    data = load_gestures("test")
    model = load_checkpoint(entry.checkpoint_path()).module
    with torch.no_grad():
        guesses = model(torch.from_numpy(data.x["x"])).argmax(1).numpy()
    right = int((guesses == data.y).sum())
    assert entry.accuracy is not None
    # Another CPU may tip a photo whose two best logits agree to the last bits: one of 545.
    assert abs(right - round(entry.accuracy * len(data))) <= 1
    assert right / len(data) >= LEAST.get(name, 0.97)


@pytest.mark.parametrize("name", [name for name, entry in ZOO.items() if entry.checkpoint])
def test_the_shipped_weights_are_small_enough_to_ship(name: str) -> None:
    assert ZOO[name].checkpoint_path().stat().st_size <= 2_000_000


def test_all_shipped_weights_together_are_small_enough_to_ship() -> None:
    shipped = [entry.checkpoint_path() for entry in ZOO.values() if entry.checkpoint]
    assert sum(path.stat().st_size for path in shipped) <= 12_000_000


def test_an_unknown_model_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(BadUsage, match="no model 'resnet'; it has gesture-hybrid"):
        zoo_entry("resnet")


def test_a_model_without_weights_says_how_to_make_them() -> None:
    with pytest.raises(BadUsage, match="`edgeattn train` makes them"):
        replace(ZOO["gesture-hybrid"], checkpoint=None).checkpoint_path()


def test_listing_the_zoo_does_not_import_torch() -> None:
    code = "import sys, edgeattn.models.catalog; sys.exit('torch' in sys.modules)"
    paths = ":".join(path for path in sys.path if path)
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": paths}, check=False)
    assert done.returncode == 0
