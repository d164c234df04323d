"""Files with a fused core on emulated CPUs: with the library and, the same files, without it."""

from __future__ import annotations

import json

import pytest

from tests.boards.attention import ROOT, RUNTIME
from tests.boards.bundles import board_bundle
from tests.boards.kernels import kernels_folder
from tests.boards.models import PI_4, PI_5, BoardModel
from tests.boards.ratios import FORMATS
from tests.boards.user_mode import run_python
from tests.boards.wheels import engine_folder

pytestmark = [pytest.mark.boards, pytest.mark.xdist_group("fused")]
BEST_SET = {PI_4: "neon", PI_5: "neon-dot"}
PROGRAM = ROOT / "tests" / "boards" / "fused_parity.py"


@pytest.mark.parametrize("model", BEST_SET, ids=lambda model: model.name)
@pytest.mark.parametrize("format", FORMATS)
def test_a_file_with_a_fused_core_holds_parity_with_and_without_the_library(
    model: BoardModel, format: str
) -> None:
    words = [PROGRAM, board_bundle("fused"), f"model_int8.{format}"]
    done = run_python(model, words, paths=[RUNTIME, engine_folder(format), kernels_folder()])
    assert done.returncode == 0, done.stderr
    library, engine = json.loads(done.stdout)
    assert f"({BEST_SET[model]})" in library["kernels"]
    assert engine["kernels"] is None
    assert library["passed"]
    assert engine["passed"]
    assert library["sqnr_db"] != engine["sqnr_db"]  # two ways to compute it, or one went unused
