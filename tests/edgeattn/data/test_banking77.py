import json

import numpy as np
import pytest

from edgeattn.data.banking77 import load_banking77
from edgeattn.data.named import data_home, load_named
from edgeattn_runtime.errors import BadData


@pytest.fixture
def folder(tmp_path):
    for name, count in (("train", 20), ("test", 4)):
        rows = [f'"Where is card {i}, please?",{intent}' for i in range(count) for intent in "ba"]
        (tmp_path / f"{name}.csv").write_text("\n".join(["text,category", *rows]) + "\n")
    (tmp_path / "categories.json").write_text(json.dumps(["b", "a"]))
    return tmp_path


def test_every_tenth_text_of_an_intent_validates(folder):
    parts = {split: load_banking77(folder, split) for split in ("train", "validation", "test")}
    assert {split: len(data) for split, data in parts.items()} == {
        "train": 36, "validation": 4, "test": 8,
    }  # fmt: skip
    assert np.bincount(parts["validation"].y).tolist() == [2, 2]
    assert not set(parts["train"].hashes()) & set(parts["validation"].hashes())


def test_intents_are_numbered_as_the_data_set_lists_them(folder):
    test = load_banking77(folder, "test")
    assert test.labels == ("b", "a")
    assert test.y.tolist() == [0, 1] * 4
    assert test.x["ids"].shape == test.x["mask"].shape == (8, 64)


def test_a_list_of_categories_that_is_none_is_refused(folder):
    (folder / "categories.json").write_text('{"a": 1}')
    with pytest.raises(BadData, match=r"categories\.json is no list of names"):
        load_banking77(folder, "test")


@pytest.mark.skipif(
    not (data_home() / "banking77").is_dir(),
    reason="needs banking77 in EDGEATTN_DATA (docs/data.md)",
)
def test_the_real_data_set_has_its_official_counts():
    parts = [load_named("banking77", split) for split in ("train", "validation", "test")]
    assert [len(data) for data in parts] == [9038, 965, 3080]
    assert np.bincount(parts[2].y).tolist() == [40] * 77
