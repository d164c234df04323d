import json

import numpy as np
import pytest

from edgeattn.data.clinc150 import load_clinc150
from edgeattn.data.named import data_home, load_named
from edgeattn_runtime.errors import BadData


@pytest.fixture
def folder(tmp_path):
    def pairs(count):
        return [[f"{word} number {i}", word] for i in range(count) for word in ("pay", "call")]

    content = {
        "train": pairs(5), "val": pairs(2), "test": pairs(3),
        "oos_train": [["sing", "oos"]], "oos_val": [["fly", "oos"]], "oos_test": [["swim", "oos"]],
    }  # fmt: skip
    (tmp_path / "data_full.json").write_text(json.dumps(content))
    return tmp_path


def test_the_splits_are_those_of_the_file_without_what_is_out_of_scope(folder):
    parts = {split: load_clinc150(folder, split) for split in ("train", "validation", "test")}
    assert {split: len(data) for split, data in parts.items()} == {
        "train": 10, "validation": 4, "test": 6,
    }  # fmt: skip
    assert parts["test"].labels == ("call", "pay")
    assert parts["test"].x["ids"].shape == (6, 32)


@pytest.mark.parametrize("content", ["{}", '{"test": [["a"]]}', '{"test": 3}', "[]"])
def test_another_structure_is_refused(content, folder):
    (folder / "data_full.json").write_text(content)
    with pytest.raises(BadData, match=r"data_full\.json holds no \[\[text, intent\], ...\] under"):
        load_clinc150(folder, "test")


@pytest.mark.skipif(
    not (data_home() / "clinc150").is_dir(), reason="needs clinc150 in EDGEATTN_DATA (docs/data.md)"
)
def test_the_real_data_set_has_its_official_counts():
    parts = [load_named("clinc150", split) for split in ("train", "validation", "test")]
    assert [len(data) for data in parts] == [15000, 3000, 4500]
    assert np.bincount(parts[2].y).tolist() == [30] * 150
