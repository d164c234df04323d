"""The page about motion, from figures that were made up."""

from __future__ import annotations

import numpy as np

from benchmarks.motion_page import Found, page
from edgeattn.data.sp_sw_har import TEST_SUBJECTS

INT8 = {"recipe": "int8-core", "bytes": 80_000, "top1_agreement": 0.99, "accuracy_drop_pp": 0.1}


def found(name: str, wrong: int, interval: tuple[float, float] | None = (-0.5, 0.7)) -> Found:
    matrix = np.diag([20, 20, 20, 20, 20])
    matrix[0] = [20 - wrong, wrong, 0, 0, 0]
    file = None if interval is None else {**INT8, "accuracy_interval_pp": list(interval)}
    engines = ("onnxruntime", "ai-edge-litert")
    return Found(
        name=name, device="watch" if name.endswith("watch") else "phone", params=49_000, epochs=3,
        validation=0.9, confusion=matrix.tolist(), by_person=dict.fromkeys(TEST_SUBJECTS, 0.9),
        by_share=[0.7, 0.9, 1.0], int8={} if file is None else dict.fromkeys(engines, file),
    )  # fmt: skip


def test_the_page_says_which_bars_are_reached() -> None:
    made = page([found("motion-hybrid", 10), found("motion-gru", 11, (-0.5, 1.2))])
    assert {bar.what: bar.reached for bar in made.bars} == {
        "motion-hybrid: people never seen, phone": True,
        "motion-hybrid: parameters": True,
        "motion-hybrid: int8 top-1 agreement, both engines": True,
        "motion-hybrid: interval of the int8 drop, both engines": True,
        "motion-gru: int8 top-1 agreement, both engines": True,
        "motion-gru: interval of the int8 drop, both engines": False,
    }
    assert not page([found("motion-hybrid", 11)]).bars[0].reached


def test_a_file_that_is_missing_reaches_no_bar() -> None:
    made = page([found("motion-hybrid", 10, None)])
    assert [bar.reached for bar in made.bars[2:]] == [False, False]


def test_trees_have_no_epochs_and_no_bars() -> None:
    trees = Found(**{**vars(found("ExtraTrees", 9, None)), "params": None, "epochs": None,
                     "validation": None})  # fmt: skip
    made = page([found("motion-hybrid", 10), trees])
    assert len(made.bars) == 4
    assert "| phone | ExtraTrees | - | - | - | 91.00% (91 of 100) |" in made.tables[0].markdown()


def test_of_each_device_the_hybrid_s_mistakes_are_shown() -> None:
    made = page(
        [found("motion-hybrid", 10), found("motion-cnn", 9), found("motion-hybrid-watch", 8)]
    )
    titles = [table.title for table in made.tables[3:]]
    assert titles == ["What motion-hybrid called them", "What motion-hybrid-watch called them"]
    assert "| seated | 10 | 10 | 0 | 0 | 0 |" in made.tables[3].markdown()
