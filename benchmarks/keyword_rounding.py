"""What int8 costs the keyword models, on twice the recordings that `edgeattn convert` judges by.

    edgeattn convert NAME --out FOLDER/NAME          # keyword-hybrid, keyword-cnn, keyword-gru
    python -m benchmarks.keyword_rounding --bundles FOLDER

The official test split of fsdd has 300 recordings: where not one answer changes, the 95 % interval
of the drop still ends at 1.3 points. Takes 5-9, which validate and decide nothing in a training
that always runs to its end, make 600 of them, and 0.6 points.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.measuring import FULL
from benchmarks.record import OUT, Bar, Page, Table, write
from edgeattn.data.load import load_data
from edgeattn.models.catalog import zoo_entry
from edgeattn.models.checkpoint import load_checkpoint
from edgeattn_runtime.accuracy import Drop, agreement, evaluate, paired_drop, sqnr_db, top1
from edgeattn_runtime.machine import context
from edgeattn_runtime.session import open_session

MODELS = ("keyword-hybrid", "keyword-cnn", "keyword-gru")
FILES = {"ONNX Runtime": "model_int8.onnx", "LiteRT": "model_int8.tflite"}
AGREEMENT, DROP_PP = 0.985, 1.0  # the bars of all int8 files

LEAD = """\
The int8 files of `edgeattn convert NAME` against the same weights in PyTorch, on takes 0-9 of \
every speaker and digit of fsdd: 600 recordings that no weight was fitted to."""


@dataclass(frozen=True)
class Row:
    """One int8 file."""

    model: str
    engine: str
    accuracy: tuple[float, float]  # float, int8
    agreement: float
    sqnr_db: float
    drop: Drop

    @property
    def reached(self) -> bool:
        """Whether both bars are."""
        return self.agreement >= AGREEMENT and self.drop.high_pp < DROP_PP


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.keyword_rounding", description=__doc__
    )
    parser.add_argument("--bundles", type=Path, required=True, help="holds a bundle per model")
    parser.add_argument("--page", type=Path, default=OUT, help="where the page goes")
    parser.add_argument("--models", default=",".join(MODELS), help="some of them")
    options = parser.parse_args()
    before = context(threads=1)
    parts = [load_data("fsdd", split=split) for split in ("test", "validation")]
    x = np.concatenate([part.x["x"] for part in parts])
    y = np.concatenate([part.y for part in parts if part.y is not None])
    models = options.models.split(",")
    rows = [row for model in models for row in measured(model, options.bundles / model, x, y)]
    write(
        page(rows, len(y)),
        folder=options.page,
        effort=FULL,
        before=before,
        module="keyword_rounding --bundles FOLDER"
        + ("" if tuple(models) == MODELS else f" --models {options.models}"),
    )


def measured(model: str, bundle: Path, x: Any, y: Any) -> list[Row]:
    """Return a row for each engine's file in a bundle."""
    module = load_checkpoint(zoo_entry(model).checkpoint_path()).module
    with torch.no_grad():
        truth = module(torch.from_numpy(x)).numpy()
    rows = []
    for engine, name in FILES.items():
        session = open_session(bundle / name)
        found = evaluate(session, {session.inputs[0].name: x}, y).logits
        before, after = top1(truth) == y, top1(found) == y
        rows.append(
            Row(
                model,
                engine,
                (float(before.mean()), float(after.mean())),
                agreement(truth, found),
                sqnr_db(truth, found),
                paired_drop(before, after),
            )
        )
    return rows


def page(rows: list[Row], recordings: int) -> Page:
    """Return the page."""
    cells = tuple(
        (row.model, row.engine, f"{row.accuracy[0]:.2%}", f"{row.accuracy[1]:.2%}",
         f"{row.agreement:.2%}", f"{row.sqnr_db:.1f} dB",
         f"{row.drop.drop_pp:.2f} ({row.drop.low_pp:.2f} to {row.drop.high_pp:.2f})")
        for row in rows
    )  # fmt: skip
    head = ("model", "engine", "float", "int8", "agreement", "SQNR", "drop, points (95 %)")
    return Page(
        name="keyword-rounding",
        title="Keywords in eight bits",
        lead=LEAD,
        tables=(Table("int8 against float", head, cells, f"{recordings} recordings."),),
        bars=tuple(
            Bar(
                f"{row.model}, {row.engine}",
                f"agreement >= {AGREEMENT:.1%}, the drop's interval ends below {DROP_PP:g}",
                f"{row.agreement:.2%}, {row.drop.high_pp:.2f}",
                row.reached,
            )
            for row in rows
        ),
        data={"rows": [{**vars(row), "drop": vars(row.drop)} for row in rows]},
    )


if __name__ == "__main__":
    main()
