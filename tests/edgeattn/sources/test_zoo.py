import pytest
import torch

from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import Checkpoint, save_checkpoint
from edgeattn.sources import load_model
from edgeattn_runtime.errors import BadUsage, BrokenModel


@pytest.fixture
def checkpoint(tmp_path):
    name, entry = next(iter(ZOO.items()))
    module = entry.build().eval()
    path = tmp_path / "best.pt"
    steps = entry.preprocessing
    save_checkpoint(Checkpoint(module, name, {}, steps, tuple("0123456789"), entry.dataset), path)
    return module, path


def test_a_checkpoint_comes_back_with_all_that_belongs_to_it(checkpoint):
    module, path = checkpoint
    loaded = load_model(str(path))
    with torch.no_grad():
        expected = module(*loaded.example_inputs)
        assert torch.equal(loaded.module(*loaded.example_inputs), expected)
    assert loaded.labels == tuple("0123456789")
    assert (loaded.kind, loaded.dataset) == ("checkpoint", ZOO[loaded.name].dataset)
    assert len(loaded.input_names) == 1


def test_a_zoo_name_loads_its_checkpoint(checkpoint, monkeypatch):
    _, path = checkpoint
    name = next(iter(ZOO))
    monkeypatch.setattr(type(ZOO[name]), "checkpoint_path", lambda self: path)
    assert load_model(name).kind == "zoo"


def test_a_mistyped_name_comes_with_the_nearest():
    name = next(iter(ZOO))
    with pytest.raises(BadUsage, match=f"neither a model of the zoo.*did you mean {name}"):
        load_model(name[:-1])
    with pytest.raises(BadUsage, match="the zoo has"):
        load_model("qqq")


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path):
    (tmp_path / "best.pt").write_bytes(b"hello")
    with pytest.raises(BrokenModel, match=r"best\.pt"):
        load_model(str(tmp_path / "best.pt"))


def test_a_model_of_text_comes_with_ids_and_a_mask_by_name(tmp_path):
    entry = ZOO["intent-bag"]
    arguments = {"classes": 2, "pieces": 80, "width": 4, "features": 4}
    module = entry.build(**arguments).eval()
    path, steps = tmp_path / "best.pt", entry.steps()
    save_checkpoint(Checkpoint(module, "intent-bag", arguments, steps, None, None), path)
    loaded = load_model(str(path))
    ids, mask = loaded.example_inputs
    assert loaded.input_names == ("ids", "mask")
    assert (ids.shape, ids.dtype, mask.shape, mask.dtype) == (
        (1, 64), torch.int32, (1, 64), torch.float32,
    )  # fmt: skip
    assert len(loaded.preprocessing[0]["vocabulary"]) == 4096  # a bundle needs nothing else
    assert loaded.module(ids, mask).shape == (1, 2)
