from pathlib import Path


def test_quickstart_needs_no_words(library, edgeattn):
    result = edgeattn("quickstart")
    assert result.exit_code == 0, result.output
    assert library.words == (Path("edgeattn-quickstart"),)
    assert library.settings == {"progress": None, "force": False}
    assert result.stdout.startswith("Ship model_int8.onnx\n")


def test_quickstart_takes_a_folder_and_may_replace_it(library, edgeattn, tmp_path):
    edgeattn("quickstart", "--out", tmp_path / "b", "--force")
    assert library.words == (tmp_path / "b",)
    assert library.settings["force"] is True


def test_quickstart_fails_with_its_gates(library, edgeattn):
    library.passed = False
    assert edgeattn("quickstart").exit_code == 1
