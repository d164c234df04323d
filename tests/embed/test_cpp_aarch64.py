"""The C++ kit for arm64: built with its own toolchain files, run on emulated boards."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.boards.models import BOARDS
from tests.boards.wheels import engine_folder
from tests.embed.conftest import tool, unavailable
from tests.embed.cpp_tools import Cross, cross, run

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("cpp")]


@pytest.fixture(scope="module")
def arm64(tmp_path_factory) -> Cross:
    return cross(tmp_path_factory.mktemp("tools") / "bin")


@pytest.fixture(scope="module")
def libraries() -> tuple[str, str]:
    """The engines of the wheels for arm64, as options of CMake."""
    try:
        onnx, tflite = map(engine_folder, ("onnx", "tflite"))
    except (pytest.skip.Exception, pytest.fail.Exception) as reason:
        unavailable(str(reason))
    onnxruntime = next(onnx.glob("onnxruntime/capi/libonnxruntime.so.*"))
    return (
        f"-DONNXRUNTIME_LIBRARY={onnxruntime}",
        f"-DLITERT_LIBRARY={tflite}/ai_edge_litert/libLiteRt.so",
    )


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


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_ctest_passes_on_the_board(arm64, build, board):
    said = arm64.run(board, "ctest", "--test-dir", build, "--output-on-failure")
    assert "100% tests passed, 0 tests failed out of 3" in said


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
