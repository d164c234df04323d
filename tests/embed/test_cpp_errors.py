"""What a C++ kit says when an engine, a file or an input is not what it should be."""

from __future__ import annotations

import sys

import pytest

from tests.embed.conftest import tool
from tests.embed.cpp_tools import built, run

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("cpp")]

# Each mistake is made, and what was said of it is printed after a number.
MISTAKES = """
#include <cstdio>
#include <functional>
#include "tiny/tiny.hpp"

int main() {
  const std::string folder = MODEL;
  const auto in = tiny::inputs(), out = tiny::outputs();
  auto wide = in, renamed = in, whole = in;
  wide[0].shape = {1, 9};
  renamed[0].name = "pixels";
  whole[0].type = edgeattn::Type::int8;
  const std::string onnx = folder + "/model_int8.onnx", tflite = folder + "/model_fp32.tflite";
  tiny::Tiny model(folder);
  const std::vector<std::function<void()>> mistakes{
      [] { tiny::Tiny("nowhere", tiny::Runs::onnxruntime); },
      [] { tiny::Tiny("nowhere", tiny::Runs::litert); },
      [&] { model.logits({1, 2, 3}); },
      [&] { model.run({}); },
      [&] { model.run({{1, 2}}); },
      [&] { edgeattn::OnnxRuntime(README, in, out); },
      [&] { edgeattn::LiteRt(README, in, out); },
      [&] { edgeattn::OnnxRuntime(onnx, wide, out).run(); },
      [&] { edgeattn::LiteRt(tflite, wide, out); },
      [&] { edgeattn::OnnxRuntime(onnx, renamed, out).run(); },
      [&] { edgeattn::LiteRt(tflite, renamed, out); },
      [&] { edgeattn::LiteRt(tflite, whole, out); },
      [] { edgeattn::OnnxRuntime(MODEL, {}, {}); },
      [] { edgeattn::likeliest({}, {}, 3); },
  };
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    try {
      mistakes[i]();
      std::printf("%zu nothing\\n", i);
    } catch (const edgeattn::Error& error) {
      std::printf("%zu %s\\n", i, error.what());
    }
  }
}
"""
SAID = (
    "there is no file nowhere/model_int8.onnx that can be read; give the folder with the models",
    "there is no file nowhere/model_fp32.tflite that can be read",
    "the model takes 8 numbers, not 3",
    "the model takes 1 inputs, not 0",
    "input image needs 32 bytes, not 2",
    "ONNX Runtime cannot open",
    "(it is no .tflite file, or damaged)",
    "Got invalid dimensions for input: image",
    "image is [1, 8] in the model file and [1, 9] in this kit",
    "pixels",
    "the model file has no input or output named pixels",
    "put the model file that came with the kit there",
    "that can be read",
    "nothing",
)


def test_mistakes_are_told_in_a_sentence_and_none_ends_the_program(make_kit, bundle_path, tmp_path):
    kit = make_kit(bundle_path, "cpp")
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.cpp").write_text(MISTAKES)
    (app / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(app LANGUAGES CXX)\n"
        f'add_subdirectory("{kit}" tiny)\nadd_executable(app main.cpp)\n'
        "target_link_libraries(app PRIVATE tiny::tiny)\n"
        f'target_compile_definitions(app PRIVATE "MODEL=\\"{kit}/model\\"")\n'
        f'target_compile_definitions(app PRIVATE "README=\\"{kit}/README.md\\"")\n'
    )
    said = run(built(app) / "app").splitlines()
    for number, words in enumerate(SAID):
        line = next(line for line in said if line.startswith(f"{number} "))
        assert words in line


def test_one_engine_is_enough_and_says_little_and_none_is_told(make_kit, bundle_path):
    kit = make_kit(bundle_path, "cpp")
    cmake = tool("cmake")
    said = " ".join(run(cmake, "-S", kit, "-B", kit / "none", code=1).split())
    assert "No engine: give -D ONNXRUNTIME_LIBRARY=FILE, -D LITERT_LIBRARY=FILE or" in said
    bare = f"-DEDGEATTN_PYTHON={sys.executable};-I;-S"  # a Python that sees no packages
    said = " ".join(run(cmake, "-S", kit, "-B", kit / "bare", bare, code=1).split())
    assert "has no package onnxruntime" in said
    assert "No engine: give" in said
    litert = run(
        sys.executable, "-c", "import ai_edge_litert as m; print(m.__path__[0] + '/libLiteRt.so')"
    ).strip()
    build = built(kit, f"-DLITERT_LIBRARY={litert}", programs=("golden",))
    said = run(build / "golden", "litert").splitlines()
    assert [line.split(": ")[-1] for line in said if line.startswith("model_")] == ["passed"]
    # One line is TensorFlow Lite's, once a process; LiteRT's API has no switch for it.
    more = [line for line in said if not line.startswith("model_")]
    assert more in ([], ["INFO: Created TensorFlow Lite XNNPACK delegate for CPU."])
    said = run(build / "golden", "onnxruntime", code=1)
    assert "was built without onnxruntime; give CMake -D ONNXRUNTIME_LIBRARY=FILE" in said


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("-DLITERT_LIBRARY=/nowhere.so", "litert: there is no file /nowhere.so"),
        ("-DEDGEATTN_PYTHON=nowhere", "EDGEATTN_PYTHON=nowhere does not run"),
        ("-DONNXRUNTIME_LIBRARY=/usr", "onnxruntime: there is no file /usr"),
    ],
)
def test_an_engine_that_is_not_there_is_told(make_kit, bundle_path, option, words):
    kit = make_kit(bundle_path, "cpp")
    assert words in run(tool("cmake"), "-S", kit, "-B", kit / "build", option, code=1)


def test_a_photo_that_is_none_is_told(make_kit, gesture_bundle, tmp_path):
    build = built(make_kit(gesture_bundle, "cpp"), programs=("classify",))
    (tmp_path / "short.ppm").write_bytes(b"P6 90 90 255\nabc")
    model = build.parent / "model"
    assert "ends too early" in run(build / "classify", model, tmp_path / "short.ppm", code=1)
    assert run(build / "classify", model, "nowhere.ppm", code=1) == "there is no file nowhere.ppm\n"
    assert "is no .ppm" in run(build / "classify", model, build.parent / "README.md", code=1)
    assert "there is no file" in run(build / "classify", tmp_path, "short.ppm", code=1)
