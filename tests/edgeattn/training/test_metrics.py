from __future__ import annotations

from pathlib import Path

from edgeattn.training.metrics import read_metrics, write_metrics


def test_lines_come_back_one_per_epoch(tmp_path: Path) -> None:
    lines = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
    write_metrics(lines, tmp_path / "metrics.jsonl")
    assert read_metrics(tmp_path / "metrics.jsonl") == lines
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 2


def test_writing_again_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    write_metrics([{"epoch": 1}, {"epoch": 2}], tmp_path / "metrics.jsonl")
    write_metrics([{"epoch": 1}], tmp_path / "metrics.jsonl")
    assert read_metrics(tmp_path / "metrics.jsonl") == [{"epoch": 1}]
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.jsonl"]
