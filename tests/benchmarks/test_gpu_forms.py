import pytest

from benchmarks.gpu_forms import LITERT, MODELS, ONNX, cells, driver_of, engines

FACTS = {"model": "block", "form": "fp32", "sqnr_db": 12.04, "engine": "one 1.0"}


def test_every_row_names_a_model():
    assert {name for name, *_ in [*LITERT, *ONNX]} == set(MODELS)


def test_a_row_says_what_ran_elsewhere_and_how_often_it_was_copied():
    placed = {"WebGpu MatMul": 4, "CPU Sum": 2, "WebGpu MemcpyToHost": 3}
    assert cells({**FACTS, "placed": placed}) == (
        "block",
        "fp32",
        "12.0",
        "CPU Sum; 3 copies a run",
    )
    assert cells({**FACTS, "placed": {"WebGpu MatMul": 4}})[3] == "all on the GPU; 0 copies a run"
    assert cells({**FACTS, "accelerated": True})[3] == "fully accelerated"


def test_an_engines_refusal_stands_in_its_row():
    assert cells({"model": "block", "form": "int8", "failed": "no adapter"})[2:] == (
        "-",
        "no adapter",
    )


def test_the_engines_are_told_once():
    assert engines([FACTS, FACTS, {}]) == ["one 1.0"]
    assert engines([{}]) == ["no engine"]


def test_without_a_driver_the_page_is_not_written(tmp_path):
    with pytest.raises(SystemExit, match="VK_ICD_FILENAMES is '', no driver's description"):
        driver_of({})
    path = tmp_path / "swift_icd.json"
    path.write_text("{}")
    assert driver_of({"VK_ICD_FILENAMES": str(path)}) == "swift_icd.json"
