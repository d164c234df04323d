"""A board with Python and nothing else: the engine and NumPy go along, as wheels.

The wheels are made of what is installed here, so that the test needs no network; what pip is asked
for is in test_wheel_cache.py.
"""

import sys
import zipfile
from importlib import metadata

import pytest

from edgeattn.deploy import choice
from edgeattn.deploy.deployment import deploy
from edgeattn.deploy.remote import run_on
from edgeattn.deploy.uninstall import uninstall
from edgeattn.deploy.wheels import EngineWheel
from edgeattn_runtime.bundle import open_bundle, sha256_of
from tests.edgeattn.deploy.conftest import board_of, write_python

ENGINE = "ai-edge-litert"


@pytest.fixture
def bare(home, programs):
    """A line to a board whose Python finds no packages of its own."""
    write_python(programs / "python3", f'exec {sys.executable} -S "$@"')
    return board_of(home, programs)


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """Put wheels of the installed engine and NumPy into the cache, and nothing else into reach."""
    monkeypatch.setenv("EDGEATTN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    folder = tmp_path / "cache/wheels"
    folder.mkdir(parents=True)
    python = sys.version_info[:2]
    tags = f"cp{python[0]}{python[1]}-cp{python[0]}{python[1]}-manylinux_2_17_x86_64"
    versions = {name: metadata.version(name) for name in (ENGINE, "numpy")}
    for name, version in versions.items():
        path = folder / f"{name.replace('-', '_')}-{version}-{tags}.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for file in metadata.files(name):
                if ".." not in file.parts and "tests" not in file.parts and file.suffix != ".pyc":
                    archive.write(file.locate(), str(file))
        path.with_name(path.name + ".sha256").write_text(sha256_of(path))
    wheel = EngineWheel(ENGINE, versions[ENGINE], "x86_64", python, python, (2, 17))
    monkeypatch.setattr(choice, "wheel_for", lambda engine, *_: wheel if engine == ENGINE else None)
    monkeypatch.setattr(choice, "numpy_for", lambda *_: versions["numpy"])
    return versions


@pytest.mark.skipif(sys.platform != "linux", reason="wheels are tagged for Linux")
def test_the_engine_goes_along_once_and_runs_there(bare, home, programs, wheels, bundle_path):
    bundle = open_bundle(bundle_path)
    deployed = deploy(bundle, bare)
    assert deployed.choice.requirements == (
        f"{ENGINE}=={wheels[ENGINE]}", f"numpy=={wheels['numpy']}",
    )  # fmt: skip
    report = run_on(bare, deployed, ["check"])
    assert report.verdict.passed
    assert report.context.engine_version == wheels[ENGINE]
    (engine,) = (home / ".edgeattn/engines").iterdir()
    assert (engine / "numpy/__init__.py").is_file()
    assert not (home / ".edgeattn/incoming").exists()  # the wheels themselves take no room
    again = deploy(bundle, board_of(home, programs))
    assert (again.moved_bytes, again.release) == (0, deployed.release)
    uninstall(bare)
    assert list(home.iterdir()) == []
