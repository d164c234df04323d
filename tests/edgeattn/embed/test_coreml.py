"""What is refused before coremltools is asked; tests/embed/test_coreml.py asks it."""

import sys
from dataclasses import replace

import pytest

from edgeattn.embed.coreml import coreml_of
from edgeattn.embed.embed import embed
from edgeattn.embed.kit import kit_of
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadEnvironment, BadUsage
from edgeattn_runtime.port import Port


def made(path):
    bundle = open_bundle(path)
    return coreml_of(bundle, kit_of(bundle, formats=("onnx",)))


def test_without_coremltools_the_message_says_how_to_get_it(bundle_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "coremltools", None)
    with pytest.raises(BadEnvironment, match=r"pip install 'edgeattn\[coreml\]'"):
        made(bundle_path)


def test_a_bundle_without_a_float_file_is_refused(bundle_path):
    (bundle_path / "model_fp32.onnx").unlink()
    with pytest.raises(BadUsage, match="there is none; convert the model again, with onnx"):
        made(bundle_path)


@pytest.mark.parametrize(
    ("side", "port"),
    [
        ("inputs", Port("image", (1, 8), "int64")),
        ("inputs", Port("image", (1, 8), "uint8")),
        ("outputs", Port("logits", (1, 4), "int32")),
    ],
)
def test_types_that_core_ml_has_not_are_refused_by_name(bundle_path, side, port):
    bundle = open_bundle(bundle_path)
    kit = kit_of(bundle, formats=("onnx",))
    kit = replace(kit, manifest=replace(kit.manifest, **{side: (port,)}))
    with pytest.raises(BadUsage, match=rf"{port.name} {port.dtype} .* is neither; leave --coreml"):
        coreml_of(bundle, kit)


@pytest.mark.parametrize("target", ["android", "cpp", "web"])
def test_other_targets_take_no_core_ml_model(bundle_path, tmp_path, target):
    with pytest.raises(BadUsage, match=f"not on {target}; leave --coreml out"):
        embed(open_bundle(bundle_path), target, tmp_path / "kit", coreml=True)
    assert not (tmp_path / "kit").exists()


def test_a_taken_folder_is_refused_before_anything_is_converted(bundle_path, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "coremltools", None)
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit/mine").touch()
    with pytest.raises(BadUsage, match="is not empty"):
        embed(open_bundle(bundle_path), "ios", tmp_path / "kit", coreml=True)
