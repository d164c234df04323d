import json
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from edgeattn.sources import exported, load_model
from edgeattn_runtime.errors import BrokenModel

pytestmark = [
    # torch's own tree code trips over torch's own deprecation.
    pytest.mark.filterwarnings(r"ignore:`isinstance\(treespec, LeafSpec\)`:FutureWarning"),
]


@pytest.fixture
def exported_file(tmp_path: Path):
    def write(module: nn.Module) -> Path:
        path = tmp_path / "model.pt2"
        torch.export.save(torch.export.export(module, (torch.ones(2, 4),)), path)
        return path

    return write


def rewrite(path: Path, change) -> None:
    """Write the archive again; `change` gets each member's name and content."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            changed = change(name, content)
            if changed is not None:
                archive.writestr(name, changed)


def test_a_program_comes_back_with_the_same_numbers(exported_file):
    source = nn.Sequential(nn.Linear(4, 3), nn.Dropout(), nn.GELU()).eval()
    loaded = load_model(str(exported_file(source)))
    x = torch.randn(2, 4)
    assert torch.equal(loaded.module(x), source(x))
    assert torch.equal(loaded.example_inputs[0], torch.ones(2, 4))
    assert loaded.input_names == ("input",)
    assert loaded.module.eval() is loaded.module
    torch.export.export(loaded.module, loaded.example_inputs)


@pytest.mark.parametrize("cut", [10, 500, 3000])
def test_a_truncated_file_is_refused(cut, exported_file):
    path = exported_file(nn.Linear(4, 3).eval())
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(BrokenModel, match=r"model\.pt2 (is no complete \.pt2 file|holds no)"):
        load_model(str(path))


def test_damaged_weights_are_refused(exported_file):
    path = exported_file(nn.Linear(4, 3).eval())
    with zipfile.ZipFile(path) as archive:
        weight = next(i for i in archive.infolist() if i.filename.endswith("weight_0"))
    content = bytearray(path.read_bytes())
    content[content.index(b"weight_0", weight.header_offset) + 80] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(BrokenModel, match=r"model\.pt2: .*weight_. is damaged"):
        load_model(str(path))


def test_another_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "m.pt2", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(BrokenModel, match="holds no exported program"):
        load_model(str(tmp_path / "m.pt2"))


def test_pickled_weights_are_never_loaded(exported_file):
    path = exported_file(nn.Linear(4, 3).eval())

    def pickled(name: str, content: bytes) -> bytes:
        if not name.endswith("weights_config.json"):
            return content
        config = json.loads(content)
        config["config"]["weight"]["use_pickle"] = True
        return json.dumps(config).encode()

    rewrite(path, pickled)
    with pytest.raises(BrokenModel, match="weight is stored as a pickled object"):
        load_model(str(path))


def test_example_inputs_that_hold_code_are_never_loaded(exported_file, tmp_path):
    path = exported_file(nn.Linear(4, 3).eval())
    torch.save(((nn.Linear(1, 1),), {}), tmp_path / "evil")
    evil = (tmp_path / "evil").read_bytes()
    rewrite(path, lambda name, content: evil if name.endswith("inputs/model.pt") else content)
    with pytest.raises(BrokenModel, match="example inputs are no plain tensors"):
        load_model(str(path))


def test_a_graph_of_nonsense_is_refused_in_one_line(exported_file):
    path = exported_file(nn.Linear(4, 3).eval())
    rewrite(path, lambda name, content: b"{}" if name.endswith("model.json") else content)
    with pytest.raises(BrokenModel, match="cannot be loaded by PyTorch") as caught:
        load_model(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("layer", [nn.Dropout(), nn.BatchNorm1d(4)])
def test_a_program_exported_in_training_mode_is_refused(layer, exported_file):
    with pytest.raises(BrokenModel, match=r"in training mode; call \.eval\(\) before"):
        load_model(str(exported_file(nn.Sequential(layer, nn.Linear(4, 3)).train())))


def test_an_archive_that_unpacks_to_too_much_is_refused(exported_file, monkeypatch):
    path = exported_file(nn.Linear(4, 3).eval())
    monkeypatch.setattr(exported, "UNPACKED_LIMIT", 1000)
    with pytest.raises(BrokenModel, match="unpacks to"):
        load_model(str(path))
