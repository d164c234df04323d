"""Debian packages, downloaded and unpacked into a folder: no root, and the system stays as it is.

    unpacked("openssh-server")                     with all they need, but the C library
    unpacked("chromium", alone=True)               this archive only
    unpacked("python3-minimal", arch="arm64")      for another machine: the C library too

apt gets a root of its own with empty records, so it works where apt has no lists, as in a fresh
container. What was unpacked once is used from the cache from then on, network or not; remove the
cache folder to get newer packages.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.boards.cache import built, cache_folder, key_of, locked, unavailable

SUITE = "bookworm"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
TOOLS = ("apt-get", "dpkg-deb", "tar")
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
# A program of this machine runs with this machine's C library: two of them do not mix.
OF_THE_SYSTEM = re.compile(
    r"(libc6|libc-bin|libgcc-s1|gcc-\d+-base|base-files|dpkg|debconf|perl.*)_"
)
OF_THE_LINE = re.compile(r'Acquire::(https?|Check-\w[\w-]*)(::[\w:.-]*)? "[^"]*";$')
LEFT_OUT = ("doc", "man", "locale", "info", "lintian")
DOWNLOAD_S = 600


def unpacked(*names: str, arch: str | None = None, suite: str = SUITE, alone: bool = False) -> Path:
    """Return a folder with the files of packages, as if it were `/`.

    Args:
        names: The packages.
        arch: Debian's name of the machine; None is this one.
        suite: Debian's name of the release.
        alone: Only these archives, not what they depend on.

    Without apt, or when its server is out of reach, the test is skipped (`unavailable`).
    """
    native = MACHINES.get(platform.machine())
    arch = arch or native
    request = key_of(sorted(names), arch, suite, alone)

    def fill(folder: Path) -> None:
        archives = download(*names, arch=str(arch), suite=suite, alone=alone)
        for folder_name in ("bin", "sbin", "lib", "lib64"):  # merged /usr first, then unpack
            (folder / "usr" / folder_name).mkdir(parents=True)
            (folder / folder_name).symlink_to(f"usr/{folder_name}")
        for archive in archives:
            if alone or arch != native or not OF_THE_SYSTEM.match(archive.name):
                _unpack(archive, folder)
        versions = "".join(f"{archive.name}\n" for archive in archives)
        (folder / "packages.txt").write_text(versions, encoding="utf-8")
        shutil.rmtree(archives[0].parent)

    return built(f"packages-{suite}-{arch}-{names[0]}-{request}", fill)


def versions(folder: Path) -> tuple[str, ...]:
    """Return the archives an unpacked folder was made of, versions in their names."""
    return tuple((folder / "packages.txt").read_text(encoding="utf-8").split())


def environment(folder: Path, **more: str) -> Mapping[str, str]:
    """Return the environment in which programs of an unpacked folder find their libraries.

    Other programs must not inherit it: set it for the one call.
    """
    libraries = [*folder.glob("usr/lib/*-linux-gnu*"), *folder.glob("usr/lib/*-linux-gnu*/android")]
    path = os.pathsep.join([*map(str, libraries), str(folder / "usr/lib")])
    return {**os.environ, "LD_LIBRARY_PATH": path, **more}


def download(*names: str, arch: str, suite: str = SUITE, alone: bool = False) -> list[Path]:
    """Download archives into a folder of their own and return them, in the order of their names."""
    for tool in TOOLS:
        if shutil.which(tool) is None:
            unavailable(f"{tool} is missing: the emulated boards are made of Debian packages")
    if not KEYRING.is_file():
        unavailable(f"{KEYRING} is missing; `apt install debian-archive-keyring` adds it")
    with locked(f"apt-{suite}-{arch}"):
        root = _apt_root(suite, arch)
        place = root / "archives" / key_of(sorted(names), alone)
        shutil.rmtree(place, ignore_errors=True)
        (place / "partial").mkdir(parents=True)
        words = ["download"] if alone else ["--yes", "--download-only", "install"]
        command = [*words, "-o", f"Dir::Cache::archives={place}", *names]
        if not any((root / "lists").glob("*_Packages*")):
            _apt(root, ["update"], place)
        try:
            _apt(root, command, place)
        except subprocess.CalledProcessError:  # the lists may be older than the server's files
            _apt(root, ["update"], place)
            try:
                _apt(root, command, place)
            except subprocess.CalledProcessError as error:
                unavailable(f"apt cannot give {', '.join(names)} ({arch}): {error.stderr.strip()}")
    return sorted(place.glob("*.deb"))


def _apt_root(suite: str, arch: str) -> Path:
    """Make the private apt of one suite and machine, and return its folder."""
    root = cache_folder() / f"apt-{suite}-{arch}"
    (root / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    for parts in ("apt.conf.d", "preferences.d"):
        (root / parts).mkdir(exist_ok=True)
    (root / "status").touch()
    source = f"deb [signed-by={KEYRING}] {_mirror()} {suite} main\n"
    (root / "sources.list").write_text(source, encoding="utf-8")
    settings = {
        "Dir::Etc": root, "Dir::Etc::parts": root / "apt.conf.d",
        "Dir::Etc::sourcelist": root / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State": root, "Dir::State::lists": root / "lists",
        "Dir::State::status": root / "status", "Dir::Cache": root,
        "Dir::Cache::archives": root / "archives", "APT::Architecture": arch,
        "APT::Install-Recommends": "false", "Acquire::Languages": "none",
        "Acquire::Retries": "2", "Acquire::http::Timeout": "60", "APT::Sandbox::User": "",
        "APT::Update::Error-Mode": "any",
    }  # fmt: skip
    lines = [*_line_settings(), *(f'{name} "{value}";\n' for name, value in settings.items())]
    lines.append(f'APT::Architectures {{ "{arch}"; }};\n')
    (root / "apt.conf").write_text("".join(lines), encoding="utf-8")
    return root


def _line_settings() -> list[str]:
    """Return how this machine's apt reaches its servers: proxies, and which dates it believes."""
    told = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    return [line + "\n" for line in told.splitlines() if OF_THE_LINE.match(line)]


def _apt(root: Path, words: list[str], folder: Path) -> None:
    """Call apt-get with its private root; an update that fails skips the test."""
    command = ["apt-get", "-qq", "-o", "Debug::NoLocking=true", *words]
    env = {**os.environ, "APT_CONFIG": str(root / "apt.conf"), "LC_ALL": "C"}
    try:
        subprocess.run(
            command, cwd=folder, env=env, check=True, capture_output=True, text=True,
            timeout=DOWNLOAD_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        unavailable(f"apt-get {words[0]} took more than {DOWNLOAD_S} s: the network is too slow")
    except subprocess.CalledProcessError as error:
        if words != ["update"]:
            raise
        unavailable(f"apt cannot reach its server: {error.stderr.strip()[-300:]}")


def _mirror() -> str:
    """Return where this machine gets Debian from; a test is skipped where it is no Debian."""
    release = Path("/etc/os-release")
    if not release.is_file() or "\nID=debian\n" not in "\n" + release.read_text(encoding="utf-8"):
        unavailable("this is no Debian: the emulated boards are made of packages that apt knows")
    sources = [
        Path("/etc/apt/sources.list"),
        *sorted(Path("/etc/apt/sources.list.d").glob("debian*")),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.is_file())
    found = re.search(r"^(?:URIs:|deb(?: \[[^]]*\])?)\s+(http\S+)", text, re.MULTILINE)
    if found is None:
        unavailable(f"no server of Debian packages stands in {', '.join(map(str, sources))}")
    return found[1]


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack one archive without its documents."""
    excluded = [f"--exclude=./usr/share/{name}/*" for name in LEFT_OUT]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=-1) as process:
        command = ["tar", "-x", "-C", str(folder), "--keep-directory-symlink", "--no-same-owner"]
        subprocess.run([*command, *excluded], stdin=process.stdout, check=True)
    if process.returncode:
        unavailable(f"{archive.name} does not unpack; remove {cache_folder()} and try again")
