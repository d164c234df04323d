"""The page about motion, from figures that were made up."""

from __future__ import annotations

import numpy as np

from benchmarks.motion_page import Found, page
from edgeattn.data.sp_sw_har import TEST_SUBJECTS


def found(name: str, wrong: int) -> Found:
    matrix = np.diag([20, 20, 20, 20, 20])
    matrix[0] = [20 - wrong, wrong, 0, 0, 0]
    return Found(
        name=name, device="watch" if name.endswith("watch") else "phone", params=49_000, epochs=3,
        validation=0.9, confusion=matrix.tolist(), by_person=dict.fromkeys(TEST_SUBJECTS, 0.9),
        by_share=[0.7, 0.9, 1.0],
    )  # fmt: skip


def test_the_page_says_which_bars_are_reached() -> None:
    made = page([found("motion-hybrid", 10), found("motion-gru", 11)])
    assert {bar.what: bar.reached for bar in made.bars} == {
        "motion-hybrid: people never seen, phone": True,
        "motion-hybrid: parameters": True,
    }
    assert not page([found("motion-hybrid", 11)]).bars[0].reached


def test_trees_have_no_epochs() -> None:
    trees = Found(**{**vars(found("ExtraTrees", 9)), "params": None, "epochs": None,
                     "validation": None})  # fmt: skip
    made = page([found("motion-hybrid", 10), trees])
    assert "| phone | ExtraTrees | - | - | - | 91.00% (91 of 100) |" in made.tables[0].markdown()


def test_of_each_device_the_hybrid_s_mistakes_are_shown() -> None:
    made = page(
        [found("motion-hybrid", 10), found("motion-cnn", 9), found("motion-hybrid-watch", 8)]
    )
    titles = [table.title for table in made.tables[2:]]
    assert titles == ["What motion-hybrid called them", "What motion-hybrid-watch called them"]
    assert "| seated | 10 | 10 | 0 | 0 | 0 |" in made.tables[2].markdown()
