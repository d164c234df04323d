import json

import pytest

from edgeattn.installation import Part

HERE = Part(name="click", module="click", purpose="parse")
ABSENT = Part(name="no-such-part", module="no_such_part", purpose="run", extra="onnx")


@pytest.fixture
def examined(monkeypatch):
    from edgeattn import doctor

    def only(*parts):
        diagnosis = doctor.examine(parts)
        monkeypatch.setattr(doctor, "examine", lambda: diagnosis)

    return only


@pytest.mark.parametrize(("parts", "exit_code"), [((HERE,), 0), ((HERE, ABSENT), 3)])
def test_the_exit_code_says_whether_work_can_start(edgeattn, examined, parts, exit_code):
    examined(*parts)
    assert edgeattn("doctor").exit_code == exit_code


def test_json_names_every_part_its_state_and_its_remedy(edgeattn, examined):
    examined(HERE, ABSENT)
    read = json.loads(edgeattn("doctor", "--json").stdout)
    assert read["schema_version"] == 1
    assert read["healthy"] is False
    assert [(one["name"], one["state"]) for one in read["findings"]] == [
        ("click", "ok"),
        ("no-such-part", "missing"),
    ]
    assert read["findings"][1]["remedy"] == "python -m pip install 'edgeattn[onnx]'"
