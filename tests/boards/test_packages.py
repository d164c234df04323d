"""Packages come without root, and come from the cache the second time."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.boards import packages
from tests.boards.cache import REQUIRED, built, cache_folder, key_of, unavailable
from tests.boards.packages import environment, unpacked, versions


def test_an_unpacked_program_runs_and_is_not_the_systems() -> None:
    folder = unpacked("adb")
    done = subprocess.run(
        [folder / "usr/lib/android-sdk/platform-tools/adb", "version"],
        env=environment(folder), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Android Debug Bridge version" in done.stdout
    assert any(name.startswith("adb_") for name in versions(folder))


def test_packages_of_another_machine_bring_its_c_library() -> None:
    folder = unpacked("zlib1g", arch="arm64")
    assert (folder / "usr/lib/ld-linux-aarch64.so.1").exists()
    assert any(name.startswith("libc6_") and "arm64" in name for name in versions(folder))


def test_a_second_call_does_not_ask_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = unpacked("zlib1g", arch="arm64")
    monkeypatch.setattr(packages, "download", None)
    assert unpacked("zlib1g", arch="arm64") == folder


def test_an_unreachable_server_skips_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("EDGEATTN_CACHE", str(tmp_path))
    monkeypatch.delenv(REQUIRED, raising=False)
    monkeypatch.setattr(packages, "_mirror", lambda: "http://127.0.0.1:9/debian")
    with pytest.raises(pytest.skip.Exception, match="apt cannot reach its server"):
        unpacked("zlib1g", arch="arm64")
    assert not list(cache_folder().glob("packages-*-zlib1g-????????????????"))


def test_what_is_unavailable_fails_where_boards_are_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(REQUIRED, "1")
    with pytest.raises(pytest.fail.Exception, match="no network"):
        unavailable("no network")


def test_a_build_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("EDGEATTN_CACHE", str(tmp_path))

    def half(folder):
        (folder / "half").touch()
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        built("thing", half)
    assert not (tmp_path / "boards" / "thing").exists()
    assert sorted(os.listdir(built("thing", lambda folder: (folder / "all").touch()))) == ["all"]


def test_a_key_depends_on_all_its_parts() -> None:
    assert key_of("a", 1) == key_of("a", 1) != key_of("a", 2)
