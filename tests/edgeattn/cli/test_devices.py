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
