import json

import pytest

from edgeattn.embed.embed import embed
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadUsage


def test_a_kit_holds_the_models_their_manifest_and_the_golden_vectors(bundle_path, tmp_path):
    out = tmp_path / "kit"
    done = embed(open_bundle(bundle_path), "cpp", out)
    for name in ("model_int8.onnx", "model_fp32.tflite", "manifest.json"):
        assert (out / "model" / name).read_bytes() == (bundle_path / name).read_bytes()
    assert json.loads((out / "golden/golden.json").read_text())["count"] == 4
    assert {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()} - {".edgeattn-kit"} == (
        set(done.files)
    )
    assert done.bytes == sum((out / name).stat().st_size for name in done.files)


def test_the_same_bundle_gives_the_same_bytes(bundle_path, tmp_path):
    bundle = open_bundle(bundle_path)
    for name in ("a", "b"):
        embed(bundle, "cpp", tmp_path / name)
    found = [
        {path.relative_to(tmp_path / name): path.read_bytes()
         for path in (tmp_path / name).rglob("*") if path.is_file()}
        for name in ("a", "b")
    ]  # fmt: skip
    assert found[0] == found[1]


def test_a_refused_bundle_leaves_no_folder(bundle_path, tmp_path):
    with pytest.raises(BadUsage, match="give --name"):
        embed(open_bundle(bundle_path), "cpp", tmp_path / "kit", name="親指")
    assert not (tmp_path / "kit").exists()
