"""The C++ kit for arm64: built with its own toolchain files, run on emulated boards."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.boards.models import BOARDS, PI_5
from tests.boards.wheels import engine_folder
from tests.embed.conftest import tool, unavailable
from tests.embed.cpp_tools import Cross, cross, run
from tests.embed.intents import intents_bundle

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("cpp")]


@pytest.fixture(scope="module")
def arm64(tmp_path_factory) -> Cross:
    return cross(tmp_path_factory.mktemp("tools") / "bin")


@pytest.fixture(scope="module")
def libraries(tmp_path_factory) -> tuple[str]:
    """The engines of the wheels for arm64, in one folder as `pip install --target` leaves them."""
    try:
        onnx, tflite = map(engine_folder, ("onnx", "tflite"))
    except (pytest.skip.Exception, pytest.fail.Exception) as reason:
        unavailable(str(reason))
    packages = tmp_path_factory.mktemp("packages")
    (packages / "onnxruntime").symlink_to(onnx / "onnxruntime")
    (packages / "ai_edge_litert").symlink_to(tflite / "ai_edge_litert")
    return (f"-DEDGEATTN_PACKAGES={packages}",)


@pytest.fixture(scope="module")
def gesture_kit(tmp_path_factory, gesture_bundle) -> Path:
    """The kit with both int8 files, which are what a board is recommended."""
    from edgeattn.embed.embed import embed
    from edgeattn_runtime.bundle import open_bundle

    folder = tmp_path_factory.mktemp("photos")
    bundle = shutil.copytree(gesture_bundle, folder / "bundle")
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    for format in ("onnx", "tflite"):
        manifest["recommended"][format]["file"] = f"model_int8.{format}"
    (bundle / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return embed(open_bundle(bundle), "cpp", folder / "kit").folder


@pytest.fixture(scope="module")
def build(arm64, libraries, gesture_kit) -> Path:
    return arm64.build(gesture_kit, "aarch64-linux-gnu.cmake", *libraries)


@pytest.fixture(scope="module")
def text_build(arm64, libraries, tmp_path_factory) -> Path:
    from edgeattn.embed.embed import embed
    from edgeattn_runtime.bundle import open_bundle

    bundle = intents_bundle(tmp_path_factory.getbasetemp() / "intents")
    kit = embed(open_bundle(bundle), "cpp", tmp_path_factory.mktemp("texts") / "kit").folder
    return arm64.build(kit, "aarch64-linux-gnu.cmake", *libraries)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
@pytest.mark.parametrize("kind", ["photos", "texts"])
def test_ctest_passes_on_the_board(arm64, request, kind, board):
    build = request.getfixturevalue({"photos": "build", "texts": "text_build"}[kind])
    said = arm64.run(board, tool("ctest"), "--test-dir", build, "--output-on-failure")
    assert "100% tests passed, 0 tests failed out of 3" in said


def test_a_kit_that_was_copied_to_a_board_runs_there(arm64, build, tmp_path):
    """As the README's scp leaves it: links to the engines become files, nothing is where it was."""
    shutil.copytree(build.parent, tmp_path / "home/kit")
    moved = build.parent.rename(build.parent.with_name("away"))
    try:
        env = {**arm64.environment(PI_5), "EDGEATTN_KIT": "."}
        on_board = (arm64.path / "on-board", "build-arm64/golden")
        for engine in ("onnxruntime", "litert"):
            assert ": passed" in run(*on_board, engine, env=env, cwd=tmp_path / "home/kit")
    finally:
        moved.rename(build.parent)


def test_an_engine_of_this_machine_is_refused(arm64, gesture_kit, tmp_path):
    kit = shutil.copytree(gesture_kit, tmp_path / "kit", ignore=shutil.ignore_patterns("build*"))
    options = f"-DEDGEATTN_PYTHON={sys.executable}"
    with pytest.raises(AssertionError, match=r"is for another\s+machine than aarch64"):
        arm64.build(kit, "aarch64-linux-gnu.cmake", options)


NDK = """
# What the NDK's own file settles, with the compiler that is at hand.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(ANDROID TRUE)
if(NOT "${ANDROID_ABI} ${ANDROID_PLATFORM} ${ANDROID_STL} ${ANDROID_SUPPORT_FLEXIBLE_PAGE_SIZES}"
   STREQUAL "arm64-v8a android-24 c++_static ON")
  message(FATAL_ERROR "the NDK was told something else")
endif()
"""


def test_programs_for_android_fit_pages_of_16_kilobytes(arm64, libraries, gesture_kit, tmp_path):
    """Debian's compiler aligns to 64 kB by itself, so 16 kB are what the kit asked for."""
    kit = shutil.copytree(gesture_kit, tmp_path / "kit", ignore=shutil.ignore_patterns("build*"))
    ndk = tmp_path / "ndk/build/cmake/android.toolchain.cmake"
    ndk.parent.mkdir(parents=True)
    ndk.write_text(NDK)
    with pytest.raises(AssertionError, match="There is no NDK in"):
        arm64.build(kit, "android-arm64.cmake", *libraries)
    options = (f"-DANDROID_NDK={tmp_path}/ndk", *libraries)
    build = arm64.build(kit, "android-arm64.cmake", *options, program="classify")
    said = run(tool("readelf"), "--program-headers", "--wide", build / "classify")
    assert set(re.findall(r"^ +LOAD .* (0x\w+)$", said, re.MULTILINE)) == {"0x4000"}
