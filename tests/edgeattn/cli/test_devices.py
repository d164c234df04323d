import json

from edgeattn.devices.load import shipped


def test_without_a_name_all_devices_are_listed(edgeattn):
    result = edgeattn("devices")
    assert result.exit_code == 0
    assert all(name in result.stdout for name in shipped())


def test_a_name_prints_every_fact_of_the_device(edgeattn):
    text = edgeattn("devices", "pi5").stdout
    assert "Raspberry Pi 5" in text
    assert "source: Raspberry Pi documentation" in text


def test_json_has_all_devices_or_one(edgeattn):
    listed = json.loads(edgeattn("devices", "--json").stdout)["devices"]
    assert [one["name"] for one in listed] == [*shipped()]
    one = json.loads(edgeattn("devices", "--json", "raspberry-pi-4").stdout)
    assert (one["name"], one["cpu_class"]) == ("raspberry-pi-4", "arm64")


def test_a_name_nobody_knows_is_a_typing_error_with_near_names(edgeattn):
    result = edgeattn("devices", "rasberry-pi-4")
    assert result.exit_code == 2
    assert "did you mean raspberry-pi-4" in result.stderr


def test_the_help_names_what_else_can_be_asked(edgeattn):
    text = edgeattn("devices", "-h").stdout
    assert "PROFILE" in text


def test_an_estimate_is_printed_as_one(edgeattn, tmp_path):
    path = tmp_path / "small.py"
    path.write_text(
        "import torch\n\ndef build():\n"
        "    return torch.nn.Linear(8, 4).eval(), (torch.zeros(1, 3, 8),)\n"
    )
    result = edgeattn("devices", "estimate", f"{path}:build", "--device", "pi5", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["macs"] == 3 * 8 * 4
    assert {one["is"] for one in found["estimates"]} == {"estimate"}


def test_a_probe_writes_a_file_that_can_be_shown_and_targeted(edgeattn, tmp_path):
    path = tmp_path / "here.toml"
    result = edgeattn("devices", "probe", "local", "--out", path)
    assert result.exit_code == 0, result.output
    assert edgeattn("devices", path).exit_code == 0
    again = edgeattn("devices", "probe", "local", "--out", path)
    assert again.exit_code == 2
    assert "add --force" in again.stderr


def test_a_probe_of_what_is_no_device_is_a_typing_error(edgeattn):
    assert edgeattn("devices", "probe", "telnet://pi").exit_code == 2


def test_an_estimate_is_held_against_a_measurement(edgeattn, tmp_path, run_file):
    path = tmp_path / "small.py"
    path.write_text(
        "import torch\n\ndef build():\n"
        "    return torch.nn.Linear(8, 4).eval(), (torch.zeros(1, 3, 8),)\n"
    )
    run = run_file(context={"cpu_class": "arm64-dotprod"})
    words = ("devices", "estimate", f"{path}:build", "--device", "pi5", "--measured", run)
    found = json.loads(edgeattn(*words, "--json").stdout)["estimates"]
    measured = [one for one in found if one["measured_ms"] is not None]
    assert [(one["engine"], one["precision"]) for one in measured] == [("onnxruntime", "int8")]
    assert measured[0]["error"] == measured[0]["estimate_ms"] / 2.0 - 1


def test_a_misspelt_device_is_a_typing_error_for_convert_and_lint(edgeattn, tmp_path):
    convert = ("convert", "gesture-hybrid", "--target", "rapsberry-pi-5", "--out", tmp_path / "b")
    for words in (convert, ("lint", "gesture-hybrid", "--target", "rapsberry-pi-5")):
        result = edgeattn(*words)
        assert result.exit_code == 2
        assert "did you mean raspberry-pi-5" in result.stderr
