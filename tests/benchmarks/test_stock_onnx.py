from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.stock_onnx import attempt, reader_of
from edgeattn.data.data import Data


def test_a_tool_that_fails_is_a_row_with_its_words() -> None:
    def fail(source: Path, result: Path) -> None:
        raise ValueError("shapes differ\nat length")

    row = attempt("tool()", b"model", 1.0, fail)
    assert row.content is None
    assert row.note == "failed: shapes differ"


def test_a_tool_reads_the_export_and_its_file_is_the_row() -> None:
    row = attempt(
        "tool()",
        b"model",
        1.0,
        lambda source, result: result.write_bytes(source.read_bytes()[::-1]),
    )
    assert row.content == b"ledom"
    assert row.seconds is not None
    assert row.seconds >= 1.0  # exporting included


def test_calibration_reads_every_sample_once() -> None:
    data = Data({"x": np.arange(6, dtype=np.float32).reshape(3, 2)}, None, None, "six")
    reader = reader_of(data)
    rows = list(iter(reader.get_next, None))
    assert [row["x"].tolist() for row in rows] == [[[0, 1]], [[2, 3]], [[4, 5]]]
