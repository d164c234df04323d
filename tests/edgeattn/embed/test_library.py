"""A kit tells that its files were measured with a library that it does not carry."""

import json

import pytest

from edgeattn.embed.embed import TARGETS, embed
from edgeattn_runtime.bundle import open_bundle

FUSED = {"kernels": "edgeattn-kernels 0.1.0 (avx2)", "speedup_vs_fp32": 2.4,
         "speedup_without_kernels": 1.3}  # fmt: skip


@pytest.fixture
def reported(bundle_path):
    """Write the candidates of a bundle's report; every kit takes its int8 file of one format."""

    def write(**facts):
        found = [{"file": f"model_int8.{format}", **facts} for format in ("onnx", "tflite")]
        report = json.dumps({"candidates": [{"file": None, **FUSED}, *found]})
        (bundle_path / "report.json").write_text(report)
        return open_bundle(bundle_path)

    return write


@pytest.mark.parametrize("target", TARGETS)
def test_a_kit_says_how_fast_its_file_is_without_the_library(reported, tmp_path, target):
    done = embed(reported(**FUSED), target, tmp_path / "kit")
    assert "which this kit does not carry: expect 1.30x its fp32 and not 2.40x. " in done.library
    assert "EDGEATTN_KERNELS=off" in done.library
    assert done.library in (tmp_path / "kit" / "README.md").read_text()


@pytest.mark.parametrize("target", TARGETS)
def test_other_kits_say_nothing_of_it(reported, tmp_path, target):
    done = embed(reported(kernels=None), target, tmp_path / "kit")
    assert done.library is None
    assert "edgeattn-kernels" not in (tmp_path / "kit" / "README.md").read_text()


def test_a_report_that_did_not_measure_it_is_worth_a_warning(reported, tmp_path):
    done = embed(reported(kernels="edgeattn-kernels 0.1.0 (avx2)"), "cpp", tmp_path / "kit")
    assert "expect less speed than its report says" in done.library


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"candidates": 1}', '{"candidates": [1, "a"]}', "[" * 100_000,
        '{"candidates": [{"file": ["model_int8.onnx"], "kernels": "a library"}]}',
    ],
)  # fmt: skip
def test_a_report_that_is_none_says_nothing(bundle_path, tmp_path, text):
    (bundle_path / "report.json").write_text(text)
    assert embed(open_bundle(bundle_path), "cpp", tmp_path / "kit").library is None
