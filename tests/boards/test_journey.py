"""A whole emulated board: deploy, check and bench over ssh, as a user types them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from edgeattn.deploy.connect import connect
from edgeattn.deploy.deployment import deploy
from edgeattn_runtime.bundle import open_bundle
from tests.boards.board import Board
from tests.boards.fused import FusedJourney
from tests.boards.journey import MEMORY_OF, Ended, Journey, edgeattn
from tests.boards.models import BOARDS, PI_4, PI_5
from tests.boards.ratios import FORMATS, stored

pytestmark = [
    pytest.mark.boards,
    pytest.mark.parametrize(
        "board",
        [
            pytest.param(one, id=one.name, marks=pytest.mark.xdist_group(f"journey-{one.name}"))
            for one in BOARDS
        ],
        indirect=True,
        scope="module",
    ),
]
with_each_engine = pytest.mark.parametrize("format", FORMATS)

SIZE_OF_A_PREPARED_DEPLOY = 3_500_000  # bytes: runtime, bundle without the other engine's files
MEMORY_OF_THE_RUNTIME_MB = 60
BEST_SET = {PI_4: "neon", PI_5: "neon-dot"}
BARE_ENGINE = """
import numpy
from ai_edge_litert.interpreter import Interpreter
model = Interpreter(model_path="{model}", num_threads=1)
model.allocate_tensors()
model.invoke()
status = open("/proc/self/status").read()
print(int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6)
"""


@pytest.fixture(scope="module")
def journey(board: Board) -> Journey:
    return Journey(board)


@pytest.fixture(scope="module")
def fused(board: Board, tmp_path_factory: pytest.TempPathFactory) -> FusedJourney:
    return FusedJourney(board, tmp_path_factory.mktemp("fused"))


@with_each_engine
def test_a_bundle_is_deployed_and_holds_its_gates_there(journey: Journey, format: str) -> None:
    ended = journey.deploy(format)
    assert ended.code == 0, ended.complaint
    report = ended.result["report"]
    assert report["context"]["machine"] == journey.board.model.title
    assert report["verdict"]["passed"] is True
    assert {one["file"] for one in report["candidates"]} == {
        f"model_fp32.{format}", f"model_int8.{format}"
    }  # fmt: skip
    assert ended.result["deployment"]["engine_shipped"] is True
    assert ended.result["traffic"]["round_trips"] <= 10


def test_a_second_deploy_moves_nothing(journey: Journey, monkeypatch: Any) -> None:
    assert journey.deploy("tflite").code == 0
    monkeypatch.setenv("PATH", journey.board.ssh.variables()["PATH"])
    with connect(journey.board.address) as line:
        again = deploy(open_bundle(journey.bundle), line, engine="tflite")
    assert again.moved_bytes == 0


def test_a_board_that_has_the_engine_gets_no_more_than_the_bundle(
    journey: Journey, monkeypatch: Any
) -> None:
    assert journey.deploy("tflite").code == 0
    monkeypatch.setenv("PATH", journey.board.ssh.variables()["PATH"])
    journey.board.ssh.must("rm -r ~/.edgeattn/releases/* ~/.edgeattn/bundles/*")
    with connect(journey.board.address) as line:
        other = deploy(open_bundle(journey.bundle), line, engine="tflite")
    assert 0 < other.moved_bytes <= SIZE_OF_A_PREPARED_DEPLOY
    assert line.traffic.round_trips <= 10


@with_each_engine
def test_int8_costs_as_many_instructions_as_it_did(journey: Journey, format: str) -> None:
    found = candidates(journey.bench(format))
    ratio = found["int8"]["instructions_vs_fp32"]
    assert ratio == pytest.approx(stored(journey.board.model.name, format), rel=0.02)
    assert found["fp32"]["latency_ms"] is None  # instructions are no milliseconds


@with_each_engine
def test_the_verdict_takes_the_cheaper_file_and_says_so(journey: Journey, format: str) -> None:
    ended = journey.bench(format)
    found = candidates(ended)
    cheaper = min(found.values(), key=lambda one: one["instructions_m"]["p50"])
    verdict = ended.result["verdict"]
    assert verdict["winner"] == cheaper["file"]
    assert "fewest instructions" in verdict["reason"]
    assert f"{cheaper['instructions_m']['p50']:.3f} million" in verdict["reason"]


def test_the_runtime_takes_little_memory_beside_the_engine(journey: Journey) -> None:
    found = candidates(journey.bench(MEMORY_OF))["int8"]
    model = "$(echo ~/.edgeattn/releases/*/model_int8.tflite)"
    code = BARE_ENGINE.format(model="MODEL")
    engine = "$(echo ~/.edgeattn/engines/ai-edge-litert-*)"
    command = f'PYTHONPATH="{engine}" python3 -c "$(cat | sed "s|MODEL|{model}|")"'
    bare_mb = float(journey.board.ssh.must(command, stdin=code.encode()))
    assert found["peak_rss_mb"] - bare_mb <= MEMORY_OF_THE_RUNTIME_MB


@with_each_engine
def test_the_library_goes_along_and_computes_with_what_the_cpu_has(
    fused: FusedJourney, format: str
) -> None:
    ended = fused.deploy(format)
    assert ended.code == 0, ended.complaint
    report, bench = ended.result["report"], fused.bench(format)
    assert report["verdict"]["passed"] is True
    assert bench.code == 0, bench.complaint
    named = rf"edgeattn-kernels [0-9.]+ \({BEST_SET[fused.board.model]}\)"
    assert re.fullmatch(named, report["context"]["kernels"])
    assert re.fullmatch(named, bench.result["context"]["kernels"])


@with_each_engine
def test_the_library_saves_instructions(journey: Journey, fused: FusedJourney, format: str) -> None:
    """Beside the same model with a float core, which is what the engine makes of either file."""
    engine, library = candidates(journey.bench(format)), candidates(fused.bench(format))
    ratios = [one["int8"]["instructions_vs_fp32"] for one in (engine, library)]
    assert ratios[1] < ratios[0]


def test_nothing_is_left_after_uninstalling(journey: Journey) -> None:
    ended = edgeattn(journey.board, "deploy", journey.board.address, "--uninstall")
    assert ended.code == 0, ended.complaint
    assert journey.board.ssh.must("ls -A ~").split() == [".ssh"]


def candidates(ended: Ended) -> dict[str, Any]:
    """Return the candidates of a report that a command printed, by precision."""
    assert ended.code == 0, ended.complaint
    return {one["precision"]: one for one in ended.result["candidates"]}
