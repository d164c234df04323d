"""The fast path: single programs on a Cortex-A72 and a Cortex-A76, counted to the instruction."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgeattn_runtime.zipapp_build import build_zipapp
from tests.boards.bundles import board_bundle
from tests.boards.instructions import count_inferences
from tests.boards.models import BOARDS, PI_4, PI_5, BoardModel
from tests.boards.ratios import FORMATS, STORED, stored
from tests.boards.user_mode import run_python
from tests.boards.wheels import ENGINES, engine_folder

on_each_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
with_each_engine = pytest.mark.parametrize("format", FORMATS)


@pytest.fixture
def bundle() -> Path:
    return board_bundle()


@on_each_board
@with_each_engine
def test_the_runtime_checks_a_bundle_on_the_board(
    board: BoardModel, format: str, bundle: Path, tmp_path: Path
) -> None:
    """Parity alone: samples would take a minute here, and are checked on the whole board."""
    app = build_zipapp(tmp_path / "edgeattn.pyz")
    lean = tmp_path / "bundle"
    lean.mkdir()
    for file in bundle.iterdir():
        if file.name != "eval.npz":
            (lean / file.name).symlink_to(file)
    done = run_python(board, [app, "check", lean, "--json"], paths=[engine_folder(format)])
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    files = {one["file"] for one in report["candidates"]}
    assert files == {f"model_fp32.{format}", f"model_int8.{format}"}
    assert report["context"]["machine"] == board.title


@on_each_board
@with_each_engine
def test_int8_costs_what_it_did(board: BoardModel, format: str, bundle: Path) -> None:
    counts = count_inferences(board, bundle, format)
    ratio = counts["int8"]["invoke"].total / counts["fp32"]["invoke"].total
    # Where memory lies moves the count by up to 0.3 %; 2 % is another kernel or another graph.
    assert ratio == pytest.approx(stored(board.name, format), rel=0.02), (
        "if this is meant, `python -m tests.boards.ratios` stores the new ratios"
    )


@with_each_engine
def test_int8_needs_two_thirds_of_the_instructions_on_a_pi_5(format: str, bundle: Path) -> None:
    counts = count_inferences(PI_5, bundle, format)
    assert counts["int8"]["invoke"].total <= 0.65 * counts["fp32"]["invoke"].total


@with_each_engine
def test_the_engines_take_the_kernels_of_the_cpu(format: str, bundle: Path) -> None:
    """A dot product where there is one, widening products where there is none."""
    old = count_inferences(PI_4, bundle, format)["int8"]["invoke"]
    new = count_inferences(PI_5, bundle, format)["int8"]["invoke"]
    assert old.dot == 0
    assert old.widening > 0.1 * old.total
    assert new.dot > 0.1 * new.total
    assert new.dot > 10 * new.widening
    assert old.matrix == new.matrix == 0  # i8mm: neither board has it


@on_each_board
@with_each_engine
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_the_runtime_adds_at_most_2_percent_to_the_bare_engine(
    board: BoardModel, format: str, precision: str, bundle: Path
) -> None:
    counts = count_inferences(board, bundle, format)[precision]
    assert counts["run"].total <= 1.02 * counts["bare"].total


def test_the_engines_are_the_versions_that_are_tested_together() -> None:
    pins = (Path(__file__).parents[2] / "constraints.txt").read_text(encoding="utf-8")
    pinned = {line.partition(";")[0].strip() for line in pins.splitlines()}
    assert {requirement for format in FORMATS for requirement in ENGINES[format]} <= pinned


def test_the_stored_ratios_name_what_they_were_measured_with() -> None:
    read = json.loads(STORED.read_text(encoding="utf-8"))
    assert read["engines"] == {format: ENGINES[format][0] for format in FORMATS}
    assert read["emulator"].startswith("qemu-user_")
