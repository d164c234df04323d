import subprocess
import sys

import pytest

from edgeattn.sources import SOURCES, load_model
from edgeattn_runtime.errors import BadUsage, BrokenModel


def kind_of(spec: str) -> str:
    return next(source.kind for source in SOURCES if source.accepts(spec))


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("model.onnx", "onnx"),
        ("folder/MODEL.ONNX", "onnx"),
        ("model.pt2", "exported"),
        ("best.pt", "checkpoint"),
        ("best.ckpt", "checkpoint"),
        ("file.py:build", "module"),
        ("package.module:build", "module"),
        ("file.py", "module"),
        ("gesture-hybrid", "zoo"),
        ("timm:vit_tiny_patch16_224", "elsewhere"),
        ("hf:./bert", "elsewhere"),
        ("model.tflite", "elsewhere"),
        ("model.keras", "elsewhere"),
    ],
)
def test_what_is_typed_decides_the_source(spec, kind):
    assert kind_of(spec) == kind


def test_no_text_is_refused():
    with pytest.raises(BadUsage, match="no model was named"):
        load_model("")


@pytest.mark.parametrize("spec", ["x" * 5000, "a\0.onnx"])
def test_what_cannot_be_a_path_is_refused(spec):
    with pytest.raises(BadUsage, match="cannot be a model's name or path"):
        load_model(spec)


@pytest.mark.parametrize("spec", ["timm:vit", "model.tflite", "model.keras", "m.safetensors"])
def test_kinds_that_cannot_be_read_yet_say_what_to_do(spec):
    with pytest.raises(BadUsage, match="export it to ONNX with static shapes"):
        load_model(spec)


@pytest.mark.parametrize("suffix", ["onnx", "pt2", "pt"])
def test_a_missing_file_names_its_neighbours(suffix, tmp_path):
    (tmp_path / f"other.{suffix}").touch()
    with pytest.raises(BrokenModel, match=rf"does not exist; beside it lie other\.{suffix}"):
        load_model(str(tmp_path / f"model.{suffix}"))


def test_importing_the_sources_leaves_torch_and_onnx_alone():
    code = "import sys, edgeattn.sources; print('torch' in sys.modules, 'onnx' in sys.modules)"
    paths = [path for path in sys.path if path]
    answer = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == ["False", "False"]
