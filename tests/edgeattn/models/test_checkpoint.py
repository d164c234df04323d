from __future__ import annotations

import pickle
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import (
    Checkpoint,
    load_checkpoint,
    read_plain,
    save_checkpoint,
    write_beside,
)
from edgeattn.models.half import rounded
from edgeattn_runtime.errors import BrokenModel

ARGUMENTS: dict[str, Any] = {"classes": 3, "widths": (4, 8, 8), "depth": 1, "heads": 2}


@pytest.fixture
def made() -> Checkpoint:
    torch.manual_seed(0)
    return Checkpoint(
        module=ZOO["gesture-hybrid"].build(**ARGUMENTS).eval(),
        model="gesture-hybrid",
        arguments=ARGUMENTS,
        preprocessing=({"step": "cast", "dtype": "float32"},),
        labels=("a", "b", "c"),
        dataset="gestures",
    )


@pytest.fixture
def file(made: Checkpoint, tmp_path: Path) -> Path:
    path = tmp_path / "model.pt"
    save_checkpoint(made, path)
    return path


def change(file: Path, **fields: Any) -> None:
    torch.save({**torch.load(file, weights_only=True), **fields}, file)


def test_a_checkpoint_comes_back_as_it_was_saved(made: Checkpoint, file: Path) -> None:
    loaded = load_checkpoint(file)
    x = torch.rand(2, 3, 64, 64)
    assert torch.equal(loaded.module(x), made.module(x))
    assert not loaded.module.training
    assert loaded.arguments == ARGUMENTS
    assert (loaded.model, loaded.dataset) == ("gesture-hybrid", "gestures")
    assert loaded.labels == loaded.module.labels == ("a", "b", "c")
    assert loaded.preprocessing == loaded.module.preprocessing == made.preprocessing


def test_weights_that_lay_channels_last_are_stored_in_the_usual_order(
    made: Checkpoint, tmp_path: Path
) -> None:
    made.module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    save_checkpoint(made, tmp_path / "model.pt")
    weights = torch.load(tmp_path / "model.pt", weights_only=True)["state_dict"]
    assert all(weight.is_contiguous() for weight in weights.values())
    assert torch.equal(weights["stem.0.0.weight"], made.module.state_dict()["stem.0.0.weight"])


def test_numbers_of_float16_take_half_the_bytes_and_come_back_bit_for_bit(
    made: Checkpoint, file: Path, tmp_path: Path
) -> None:
    small = replace(made, module=rounded(made.module))
    save_checkpoint(small, tmp_path / "small.pt")
    weights = torch.load(tmp_path / "small.pt", weights_only=True)["state_dict"]
    assert weights["stem.0.0.weight"].dtype == torch.float16
    assert weights["stem.0.1.weight"].dtype == torch.float32  # a norm's
    loaded = load_checkpoint(tmp_path / "small.pt").module.state_dict()
    for name, weight in small.module.state_dict().items():
        assert loaded[name].dtype == weight.dtype
        assert torch.equal(loaded[name], weight)


def test_saving_leaves_nothing_beside_the_file(file: Path) -> None:
    assert [path.name for path in file.parent.iterdir()] == ["model.pt"]


def test_a_failed_save_keeps_the_old_file(
    made: Checkpoint, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def fill_the_disk(content: object, stream: Any) -> None:
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(made, file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["model.pt"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenModel, match=r"none\.pt does not exist; check the path"):
        load_checkpoint(tmp_path / "none.pt")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_a_truncated_file_says_how_much_is_there(file: Path, share: float) -> None:
    whole = file.read_bytes()
    left = int(len(whole) * share)
    file.write_bytes(whole[:left])
    with pytest.raises(BrokenModel, match=rf"model\.pt with {left} bytes is cut short or damaged"):
        load_checkpoint(file)


def test_an_empty_file_is_damaged(file: Path) -> None:
    file.write_bytes(b"")
    with pytest.raises(BrokenModel, match="with 0 bytes is cut short or damaged"):
        load_checkpoint(file)


def test_a_flipped_byte_in_the_weights_is_noticed(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(BrokenModel, match=r"model\.pt with \d+ bytes is damaged in archive/data/"):
        load_checkpoint(file)


def test_a_text_file_is_no_checkpoint(file: Path) -> None:
    file.write_text("weights")
    with pytest.raises(BrokenModel, match=r"model\.pt is no checkpoint: it begins with b'we'"):
        load_checkpoint(file)


def test_code_in_a_checkpoint_is_not_run(file: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    torch.save({"schema": 1, "model": Trap()}, file)
    with pytest.raises(BrokenModel, match="holds code or objects, which are never loaded"):
        load_checkpoint(file)
    file.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(BrokenModel, match=r"model\.pt is no checkpoint"):
        load_checkpoint(file)
    assert not (tmp_path / "sprung").exists()


def test_a_bare_state_dict_says_what_is_missing(made: Checkpoint, file: Path) -> None:
    torch.save(made.module.state_dict(), file)
    with pytest.raises(BrokenModel, match=r"no checkpoint of edgeattn: model, .*missing"):
        load_checkpoint(file)


def test_a_zip_file_of_something_else_is_no_checkpoint(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photo.txt", "a hand")
    with pytest.raises(BrokenModel, match="is a zip file, but no checkpoint"):
        load_checkpoint(file)


def test_a_tensor_alone_is_no_checkpoint(file: Path) -> None:
    torch.save(torch.zeros(3), file)
    with pytest.raises(BrokenModel, match="holds a Tensor, no checkpoint"):
        load_checkpoint(file)


def test_another_schema_is_refused(file: Path) -> None:
    change(file, schema=2)
    with pytest.raises(BrokenModel, match="has schema 2, this version reads 1; update edgeattn"):
        load_checkpoint(file)


def test_an_unknown_model_is_refused(file: Path) -> None:
    change(file, model="resnet")
    with pytest.raises(BrokenModel, match="for the model 'resnet'; this version knows gesture"):
        load_checkpoint(file)


def test_arguments_the_builder_does_not_know_are_refused(file: Path) -> None:
    change(file, arguments={"colour": "red"})
    with pytest.raises(BrokenModel, match="cannot be built from its arguments"):
        load_checkpoint(file)


def test_weights_of_other_widths_are_counted_and_named(file: Path) -> None:
    change(file, arguments={**ARGUMENTS, "classes": 4})
    with pytest.raises(BrokenModel, match=r"2 of \d+ weights .* first classifier\.bias"):
        load_checkpoint(file)


def test_weights_that_are_not_finite_are_named(file: Path) -> None:
    weights = torch.load(file, weights_only=True)["state_dict"]
    weights["classifier.bias"][1] = torch.nan
    change(file, state_dict=weights)
    with pytest.raises(BrokenModel, match=r"1 weights hold NaN .*, first classifier\.bias"):
        load_checkpoint(file)


def test_plain_values_come_back_as_they_were(tmp_path: Path) -> None:
    content = {"epoch": 3, "lines": [{"loss": 0.5}], "weights": torch.arange(3)}
    write_beside(content, tmp_path / "new" / "state.pt")
    read = read_plain(tmp_path / "new" / "state.pt")
    assert read["epoch"] == 3
    assert read["lines"] == [{"loss": 0.5}]
    assert torch.equal(read["weights"], torch.arange(3))
