import hashlib
import os
import zipfile

import pytest

from edgeattn.deploy.on_board import facts
from edgeattn.deploy.on_board.engine import site_name, unpack
from edgeattn.deploy.on_board.folder import Refusal


@pytest.fixture
def wheel(tmp_path):
    """Put a wheel into `incoming` and return the header's entry for it."""
    (tmp_path / "incoming").mkdir()

    def make(**entries):
        path = tmp_path / "wheel"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        path.rename(tmp_path / "incoming" / digest)
        return {"key": "engine-1", "wheels": [{"name": "engine.whl", "sha256": digest}]}

    return make


def test_a_wheel_goes_where_python_imports_it_from(tmp_path, wheel):
    entries = {
        "engine/__init__.py": "x = 1", "engine-1.data/purelib/more/a.py": "y = 2",
        "engine-1.data/scripts/run": "no", "engine-1.dist-info/METADATA": "Name: engine",
    }  # fmt: skip
    unpack(str(tmp_path), wheel(**entries))
    place = tmp_path / "engines/engine-1"
    found = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    wanted = {"engine/__init__.py", "more/a.py", "engine-1.dist-info/METADATA"}
    assert found == {*wanted, ".whole"}


def test_an_engine_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "engines/engine-1").mkdir(parents=True)
    unpack(str(tmp_path), {"key": "engine-1", "wheels": [{"name": "x", "sha256": "ab" * 32}]})
    assert os.listdir(tmp_path / "engines/engine-1") == []


@pytest.mark.parametrize("damage", ["gone", "shorter", "one more"])
def test_a_damaged_engine_is_not_listed_and_is_replaced_when_wheels_come(tmp_path, wheel, damage):
    entries = {"engine/__init__.py": "x = 1", "engine/b.so": "binary"}
    place = tmp_path / "engines/engine-1"
    unpack(str(tmp_path), wheel(**entries))
    (place / "engine/__pycache__").mkdir()
    (place / "engine/__pycache__/__init__.pyc").write_text("compiled by Python, no damage")
    assert facts.inventory(str(tmp_path))["engines"] == ["engine-1"]
    if damage == "gone":
        (place / "engine/b.so").unlink()
    else:
        (place / "engine" / ("c.so" if damage == "one more" else "b.so")).write_text("bin")
    assert facts.inventory(str(tmp_path))["engines"] == []
    unpack(str(tmp_path), wheel(**entries))
    assert (place / "engine/b.so").read_text() == "binary"
    assert facts.inventory(str(tmp_path))["engines"] == ["engine-1"]


@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil", "a/../../evil.py", "a//b", "c:/evil"])
def test_an_entry_that_leads_out_of_the_folder_is_refused(tmp_path, wheel, name):
    with pytest.raises(Refusal, match="a wheel with an entry called"):
        unpack(str(tmp_path), wheel(**{name: "x"}))
    assert os.listdir(tmp_path / "engines") == []


def test_a_wheel_that_is_missing_or_altered_is_refused(tmp_path, wheel):
    engine = wheel(a="x")
    (tmp_path / "incoming" / engine["wheels"][0]["sha256"]).write_bytes(b"y")
    with pytest.raises(Refusal) as refusal:
        unpack(str(tmp_path), engine)
    assert refusal.value.kind == "damaged"
    assert os.listdir(tmp_path / "engines") == []


def test_a_folder_that_was_left_half_unpacked_is_made_anew(tmp_path, wheel):
    (tmp_path / "engines/.engine-1.part").mkdir(parents=True)
    (tmp_path / "engines/.engine-1.part/old").touch()
    unpack(str(tmp_path), wheel(**{"new.py": "x"}))
    assert os.listdir(tmp_path / "engines") == ["engine-1"]
    assert set(os.listdir(tmp_path / "engines/engine-1")) == {"new.py", ".whole"}


def test_headers_and_scripts_stay_away():
    assert site_name("numpy-2.data/headers/x.h") is None
    assert site_name("numpy/x.so") == "numpy/x.so"
