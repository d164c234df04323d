"""Web kits whose engines are there: installed from npm, served, and run in Node and Chromium."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from edgeattn.embed.embed import embed
from edgeattn.embed.web import LITERT_VERSION, ORT_VERSION, TOOLS
from edgeattn_runtime.bundle import open_bundle
from tests.boards.cache import key_of, locked
from tests.embed.chromium import page, program
from tests.embed.conftest import tool, unavailable

ENGINES = (
    ("onnxruntime-web", ORT_VERSION),
    ("onnxruntime-node", ORT_VERSION),
    ("@litertjs/core", LITERT_VERSION),
)
PACKAGES = (*ENGINES, *TOOLS)


@cache
def modules() -> Path:
    """The engines and the compiler from npm, installed once into the cache."""
    npm = tool("npm")
    base = Path(os.environ.get("EDGEATTN_CACHE", "~/.cache/edgeattn")).expanduser()
    folder = base / "embed" / f"npm-{key_of(PACKAGES)}"
    ready = folder / "ready"
    with locked("embed-npm"):
        if ready.is_file():
            return folder / "node_modules"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        words = [npm, "install", "--no-audit", "--no-fund", "--maxsockets", "4"]
        words += [f"{name}@{version}" for name, version in PACKAGES]
        # Its script would fetch CUDA's provider from elsewhere.
        environment = {**os.environ, "ONNXRUNTIME_NODE_INSTALL": "skip"}
        done = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            unavailable(f"npm cannot install the engines: {done.stderr[-500:]}")
        ready.touch()
    return folder / "node_modules"


def kit_of(bundle: Path, out: Path) -> Path:
    """Write a kit, with the packages that its package.json names and what those need."""
    folder = embed(open_bundle(bundle), "web", out).folder
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    named = {**package["dependencies"], **package["devDependencies"]}
    (folder / "node_modules").mkdir()
    for path in modules().iterdir():
        of_an_engine = [name for name, _ in ENGINES if name.split("/")[0] == path.name]
        if not of_an_engine or named.keys() & of_an_engine:
            (folder / "node_modules" / path.name).symlink_to(path)
    return folder


@contextlib.contextmanager
def served(kit: Path) -> Iterator[str]:
    """Yield the address at which the kit's own server serves it."""
    words = [tool("node"), str(kit / "serve.mjs"), "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


def run(*words: object, cwd: Path) -> str:
    """Run a program, which must succeed, and return what it said."""
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def proven(address: str, only: str, folder: Path) -> Any:
    """Return what the kit's browser test says of one runtime on one backend."""
    if program() is None:
        unavailable("chromium is not installed")
    with page(folder) as browser:
        browser.visit(f"{address}tests/browser.html?only={only}")
        (found,) = browser.evaluate("globalThis.proven")
    return found
