"""The cache with wheels made here, and pip played by a program of the test's own."""

import subprocess
import zipfile

import pytest

from edgeattn.deploy import wheel_cache
from edgeattn.deploy.wheel_cache import cache_folder, platforms, wheels
from edgeattn_runtime.bundle import sha256_of
from edgeattn_runtime.errors import BadEnvironment
from tests.edgeattn.deploy.facts import python

NAME = "onnxruntime-1.31.1-cp311-cp311-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEATTN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache/wheels"


@pytest.fixture
def pip(monkeypatch):
    """Play pip: it writes the wheel, or fails with a message; return the commands it got."""

    class Pip:
        def __init__(self):
            self.commands = []
            self.error = None

        def run(self, words, **options):
            self.commands.append(words)
            if self.error is None:
                folder = next(word for word in words if word.startswith("--dest="))[7:]
                make_wheel(f"{folder}/{NAME}")
            return subprocess.CompletedProcess(words, self.error is not None, b"", self.error)

    pip = Pip()
    monkeypatch.setattr(wheel_cache.subprocess, "run", pip.run)
    return pip


def make_wheel(path, content="x = 1\n"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("onnxruntime/__init__.py", content * 1000)


def get(architecture="aarch64", **changes):
    return wheels(["onnxruntime==1.31.1"], python(**changes), architecture)[0]


def test_a_wheel_is_fetched_for_the_board_and_not_for_this_machine(pip):
    wheel = get()
    (words,) = pip.commands
    assert {"--no-deps", "--only-binary=:all:", "--python-version=3.11"} <= set(words)
    assert "manylinux_2_36_aarch64" in words
    assert words[-1] == "onnxruntime==1.31.1"
    assert wheel.path.name == NAME
    assert wheel.unpacked_bytes == 6000 > wheel.bytes
    assert wheel.sha256 == sha256_of(wheel.path)


def test_a_wheel_is_fetched_once(pip):
    assert get() == get()
    assert len(pip.commands) == 1


def test_a_wheel_for_another_python_platform_or_c_library_is_not_taken(pip):
    get()
    for changes in ({"version": (3, 12, 0)}, {"architecture": "x86_64"}, {"glibc": (2, 17)}):
        count = len(pip.commands)
        get(**changes)
        assert len(pip.commands) == count + 1


def test_a_damaged_wheel_is_fetched_again(pip, cache):
    path = get().path
    make_wheel(path, "y = 2\n")
    assert get().sha256 == sha256_of(cache / NAME)
    assert len(pip.commands) == 2


def test_a_wheel_without_its_checksum_is_fetched_again(pip, cache):
    get()
    (cache / f"{NAME}.sha256").unlink()
    get()
    assert len(pip.commands) == 2


def test_without_the_index_the_message_says_where_the_wheel_would_be_kept(pip, cache):
    pip.error = b"WARNING: retrying\nERROR: No matching distribution found\nhint\n"
    with pytest.raises(BadEnvironment, match="No matching distribution found; this computer") as no:
        get()
    assert str(cache) in str(no.value)
    assert list(cache.glob("*.whl")) == []


def test_without_pip_the_message_says_how_to_get_it(pip):
    pip.error = b"/usr/bin/python3: No module named pip\n"
    with pytest.raises(BadEnvironment, match="ensurepip"):
        get()


def test_an_index_that_hangs_is_one_sentence(monkeypatch):
    def hang(words, timeout, **options):
        raise subprocess.TimeoutExpired(words, timeout)

    monkeypatch.setattr(wheel_cache.subprocess, "run", hang)
    with pytest.raises(BadEnvironment, match="it took too long"):
        get()


def test_a_cache_that_cannot_be_written_is_one_sentence(pip, monkeypatch):
    monkeypatch.setenv("EDGEATTN_CACHE", "/proc/edgeattn")
    with pytest.raises(BadEnvironment, match=r"cannot be kept in /proc/edgeattn/wheels .* another"):
        get()


def test_the_cache_is_in_the_user_s_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("EDGEATTN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "edgeattn/wheels"


def test_platforms_reach_down_to_manylinux2014():
    tags = platforms((2, 36), "aarch64")
    assert (tags[0], tags[-1]) == ("manylinux_2_36_aarch64", "manylinux2014_aarch64")
    assert "manylinux_2_17_aarch64" in tags
