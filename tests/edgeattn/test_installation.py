import importlib.metadata
import sys
from pathlib import Path

import pytest

from edgeattn.installation import PARTS, Part, look_for

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
DEMANDS = {
    "": PROJECT["dependencies"],
    **PROJECT["optional-dependencies"],
}


@pytest.fixture
def installed(monkeypatch):
    """Return a function that says what is installed: {distribution: version}."""

    def pretend(versions, importable=True):
        def version(name):
            if name not in versions:
                raise importlib.metadata.PackageNotFoundError(name)
            return versions[name]

        monkeypatch.setattr("edgeattn.installation.metadata.version", version)
        monkeypatch.setattr(
            "edgeattn.installation.util.find_spec", lambda name: object() if importable else None
        )

    return pretend


ENGINE = Part(
    name="engine", module="engine", purpose="run", extra="onnx", floor="1.20", also=("engine-gpu",)
)


@pytest.mark.parametrize("part", [part for part in PARTS if part.floor], ids=lambda part: part.name)
def test_a_floor_is_the_one_in_pyproject(part):
    assert f"{part.name}>={part.floor}" in DEMANDS[part.extra]


def test_a_part_that_is_there_needs_nothing(installed):
    installed({"engine": "1.31.1"})
    finding = look_for(ENGINE)
    assert (finding.state, finding.version, finding.remedy) == ("ok", "1.31.1", "")


def test_another_distribution_of_the_same_module_will_do(installed):
    installed({"engine-gpu": "1.20.0"})
    assert look_for(ENGINE).state == "ok"


def test_a_missing_part_comes_with_the_command_that_adds_it(installed):
    installed({})
    finding = look_for(ENGINE)
    assert finding.state == "missing"
    assert finding.remedy == "python -m pip install 'edgeattn[onnx]'"


@pytest.mark.parametrize("version", ["1.19.2", "1.9", "0.99"])
def test_versions_are_compared_as_numbers(installed, version):
    installed({"engine": version})
    finding = look_for(ENGINE)
    assert finding.state == "too old"
    assert finding.remedy == "python -m pip install --upgrade 'engine>=1.20'"


@pytest.mark.parametrize("version", ["1.20", "1.20.0+cpu", "2.0.0rc1"])
def test_a_local_or_early_version_is_new_enough(installed, version):
    installed({"engine": version})
    assert look_for(ENGINE).state == "ok"


def test_a_part_without_its_module_is_broken(installed):
    installed({"engine": "1.31.1"}, importable=False)
    finding = look_for(ENGINE)
    assert finding.state == "broken"
    assert finding.remedy == "python -m pip install --force-reinstall engine"


def test_an_optional_part_may_be_absent(installed):
    installed({})
    assert look_for(Part(name="a", module="a", purpose="b", essential=False)).state == "optional"
