import json

import pytest

from edgeattn.embed.embed import TARGETS, embed
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


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_that_a_stranger_named_begins_a_line_of_code(make_bundle, tmp_path, target):
    """What breaks out of a comment or a literal would stand at the beginning of its own line."""
    hostile = '"\n*/ OWNED(); //\r\nOWNED(); \u2028OWNED(); ??/\nOWNED'
    path = make_bundle(name='"; */ OWNED(); // ` ${OWNED()}', labels=(hostile, "b", "c", "d"))
    embed(open_bundle(path), target, tmp_path / "kit", name="Owned")
    for file in (tmp_path / "kit").rglob("*"):
        if not file.is_file() or file.suffix in (".json", ".bin", ".onnx", ".tflite"):
            continue
        for line in file.read_text(encoding="utf-8").splitlines():
            assert not line.strip().startswith(("OWNED", "*/ OWNED")), (file, line)
