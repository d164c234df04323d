from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from edgeattn.training.plot import MOST_CLASSES, write_plot


def line(epoch: int, matrix: list[list[int]]) -> dict[str, Any]:
    return {
        "epoch": epoch,
        "loss": 2 / epoch,
        "train_accuracy": 0.5,
        "validation_accuracy": 0.6,
        "validation_f1": 0.55,
        "validation_confusion": matrix,
    }


def drawn(path: Path) -> tuple[list[str], list[str], int]:
    """Return texts, labels and the number of curves of a plot."""
    root = ElementTree.parse(path).getroot()
    texts = [one.text or "" for one in root.iter() if one.tag.endswith("text")]
    labels = [label for one in root.iter() if (label := one.get("aria-label"))]
    curves = [one for one in root.iter() if one.tag.endswith("path")]
    return texts, labels, len(curves)


def test_the_plot_shows_loss_shares_and_what_was_taken_for_what(tmp_path: Path) -> None:
    matrix = [[3, 1], [0, 4]]
    path = tmp_path / "training.svg"
    write_plot([line(1, matrix), line(2, matrix), {"result": "x.pt"}], path, title="tiny <b>, demo")
    texts, labels, curves = drawn(path)
    assert curves == 4
    assert "tiny <b>, demo" in texts
    assert "validation F1, macro" in texts
    assert "epoch 2: down, what it was; across, what it was called" in texts
    assert "over 2 epochs: training loss 1" in labels
    assert "7 of 8 samples were called what they were" in labels
    assert not list(tmp_path.glob(".*"))


def test_a_plot_of_many_classes_leaves_the_matrix_out(tmp_path: Path) -> None:
    many = MOST_CLASSES + 1
    path = tmp_path / "training.svg"
    write_plot([line(1, [[1] * many] * many)], path, title="many")
    assert not any("were called" in label for label in drawn(path)[1])
