"""The page about choices of keyword models, from figures that were made up."""

from __future__ import annotations

from benchmarks.voices import CHOICES, page


def test_the_page_has_a_row_for_each_choice_and_the_recipe_comes_first() -> None:
    lines = [
        {"choice": name, "epochs": 2, "theo": share, "nicolas": 0.5, "validation_accuracy": 0.9,
         "cpu_seconds": 12.3}
        for name, share in (("mixup", 0.7), ("recipe", 0.8))
    ]  # fmt: skip
    rows = page(lines).splitlines()[-2:]
    assert rows[0] == "| the recipe | 65.0% | 80.0% | 50.0% | 90.0% | 12 |"
    assert rows[1].startswith("| mixup 0.2 | 60.0% |")


def test_every_choice_but_the_first_differs_from_the_recipe() -> None:
    first, *others = CHOICES.values()
    for other in others:
        assert (other.arguments, other.recipe) != (first.arguments, first.recipe)
