"""Sentences with a class -> Data: ids and mask of a fixed length."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeattn.data.data import Data
from edgeattn.data.wordpiece import WordPiece
from edgeattn_runtime.errors import BadData

BYTES_LIMIT = 2**28  # a quarter of a GiB of text is another kind of job


def text_data(
    texts: Sequence[str],
    classes: Sequence[str],
    labels: Sequence[str],
    source: str,
    *,
    tokenizer: WordPiece,
    length: int,
) -> Data:
    """Return ids (int32) and mask (float32), both [N, length], with labels.

    Raises:
        BadData: A text has no word in it, or a class nobody knows.
    """
    ids, mask = tokenizer.encode(texts, length)
    empty = np.flatnonzero(mask.sum(1) < 2)  # nothing stands behind [CLS]
    if empty.size:
        raise BadData(
            f"{source}: {empty.size} of {len(texts)} texts are empty, the first is text "
            f"{empty[0] + 1}; remove them"
        )
    number = {name: index for index, name in enumerate(labels)}
    strange = sorted(set(classes) - set(labels))
    if strange:
        raise BadData(
            f"{source}: {len(strange)} classes are not among the {len(labels)} of the data set, "
            f"the first is {strange[0]!r}; place the files again"
        )
    y = np.array([number[name] for name in classes], np.int64)
    return Data({"ids": ids, "mask": mask}, y, tuple(labels), source)


def read_csv(path: Path, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the named columns of a CSV file, row by row; its first line names the columns."""
    # Only csv knows which line ends belong to a text: splitlines would cut at U+2028 as well.
    rows = csv.DictReader(io.StringIO(_read(path), newline=""), strict=True)
    try:
        return [
            tuple(_cell(row, name, line) for name in columns) for line, row in enumerate(rows, 2)
        ]
    except (csv.Error, KeyError, ValueError) as error:
        raise BadData(
            f"{path} is no CSV file with the columns {', '.join(columns)} ({error}); place the "
            "file again"
        ) from error


def read_json(path: Path) -> Any:
    """Return what a JSON file holds."""
    try:
        return json.loads(_read(path))
    except json.JSONDecodeError as error:
        raise BadData(f"{path} is no JSON ({error}); place the file again") from error


def _cell(row: dict[str, str | None], name: str, line: int) -> str:
    cell = row[name]
    if cell is None:
        raise ValueError(f"record {line} ends before `{name}`")
    return cell


def _read(path: Path) -> str:
    """Return a UTF-8 file, without the mark that Windows puts at its beginning."""
    try:
        if path.stat().st_size > BYTES_LIMIT:
            raise BadData(f"{path} is larger than {BYTES_LIMIT >> 20} MiB; hand in fewer texts")
        content = path.read_bytes()
    except OSError as error:
        raise BadData(f"{path} cannot be read ({error}); place the file again") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadData(
            f"{path} is not UTF-8: byte 0x{content[error.start]:02x} in line {line}; convert it, "
            "for example `iconv -f latin1 -t utf-8`"
        ) from error
