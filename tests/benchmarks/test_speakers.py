"""The page about unheard speakers, from figures that were made up."""

from __future__ import annotations

from typing import Any

from benchmarks.speakers import SPEAKERS, page, sets


def lines(official: float, folds: float) -> dict[str, dict[str, Any]]:
    return {
        data: {
            "epochs": 3,
            "validation_accuracy": 0.99,
            "test_accuracy": official if data == "fsdd" else folds,
            "test_f1": 0.9,
            "cpu_seconds": 12.3,
        }
        for data in sets()
    }


def test_there_are_seven_trainings() -> None:
    assert len(sets()) == 7
    assert set(sets()) == {"fsdd"} | {f"fsdd:{speaker}" for speaker in SPEAKERS}


def test_the_page_names_the_worst_speaker_and_judges_the_first_model() -> None:
    mine = lines(0.99, 0.9)
    mine["fsdd:theo"]["test_accuracy"] = 0.6
    made = page({"keyword-hybrid": mine, "keyword-cnn": lines(0.5, 0.5)})
    assert [bar.reached for bar in made.bars] == [True, True]
    assert made.bars[1].found == "85.00% (worst: theo, 60.0%)"
    assert "| keyword-cnn | 133,370 | 50.0% | 50.0% |" in made.tables[0].markdown()


def test_a_bar_that_is_missed_is_said_to_be() -> None:
    made = page({"keyword-hybrid": lines(0.98, 0.7)})
    assert [bar.reached for bar in made.bars] == [False, False]
