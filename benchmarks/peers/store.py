"""Conversions, kept: a folder for each tool and model, named by everything that it depends on.

The name is a hash of the model's weights and samples, the tool's pins and the file that drives it;
for EdgeAttn of its own sources. So a stopped bench goes on where it stopped, and a changed
converter is asked again. Failures are kept like files, and tried again with `--retry`.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.catalog import Peer, Recipe
from benchmarks.peers.environments import ROOT, child_environment, own_python
from benchmarks.peers.reasons import of_process
from benchmarks.peers.source import Source
from benchmarks.peers.tools.order import tell, told_in

TOOLS = Path(__file__).resolve().parent / "tools"
OWN_SOURCES = ("converters/edgeattn_converters", "runtime/edgeattn_runtime", "edgeattn")


@dataclass(frozen=True)
class Made:
    """What one recipe made of one model.

    Attributes:
        peer: The tool.
        recipe: Its recipe.
        path: The file; None when there is none.
        seconds: From the float model in memory to the file.
        note: Why there is no file, or what had to be done first.
    """

    peer: Peer
    recipe: Recipe
    path: Path | None = None
    seconds: float | None = None
    note: str = ""

    @property
    def key(self) -> str:
        """Unique within a model."""
        return f"{self.peer.name} {self.recipe.name}"

    @property
    def ours(self) -> bool:
        """Whether EdgeAttn made it."""
        return self.peer.environment is None

    @property
    def bytes(self) -> int:
        """Size of the file, with the weights that lie beside an OpenVINO graph."""
        if self.path is None:
            return 0
        weights = self.path.with_suffix(".bin")
        return self.path.stat().st_size + (weights.stat().st_size if weights.exists() else 0)


@dataclass(frozen=True)
class Store:
    """Where conversions are kept.

    Attributes:
        cache: Sources and conversions.
        environments: The tools' environments.
        retry: Try again what failed.
        make: Make what is not kept yet; False takes what there is.
        say: Called with what is being done.
    """

    cache: Path
    environments: Path
    retry: bool = False
    make: bool = True
    say: Callable[[str], None] = lambda words: None

    def conversions(self, peer: Peer, source: Source) -> tuple[Made, ...]:
        """Return all recipes of a tool for a model, made now or earlier."""
        out = self.cache / "conversions" / f"{source.name}-{peer.name}-{key(peer, source)}"
        if not self.make and not out.exists():
            return tuple(Made(peer, one, note="not made in this run") for one in peer.recipes)
        failed = any("error" in told for told in told_in(out).values())
        if not out.exists() or (self.retry and failed):
            self.say(f"{source.name}: {peer.name} converts")
            out.parent.mkdir(parents=True, exist_ok=True)
            # Under another name until it is whole: a stopped bench, or another one at the same
            # time, never leaves or finds half a conversion.
            with tempfile.TemporaryDirectory(prefix="unfinished-", dir=out.parent) as folder:
                partial = Path(folder, "files")
                partial.mkdir()
                self._convert(peer, source, partial)
                shutil.rmtree(out, ignore_errors=True)
                os.replace(partial, out)
        return read(peer, out)

    def _convert(self, peer: Peer, source: Source, out: Path) -> None:
        try:
            python = own_python()
            if peer.environment is not None:
                peer.environment.install(self.environments)
                python = peer.environment.python(self.environments)
        except (OSError, subprocess.SubprocessError) as error:
            missing(peer, out, f"does not install: {of_process(error)}")
            return
        words = [
            str(python), "-m", f"benchmarks.peers.tools.{peer.module}", "--model", source.name,
            "--source", str(source.folder), "--out", str(out),
        ]  # fmt: skip
        try:
            subprocess.run(
                words, check=True, capture_output=True, text=True, errors="replace", cwd=ROOT,
                timeout=peer.timeout_s, env=child_environment(),
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", None) or ""
            text = said if isinstance(said, str) else said.decode(errors="replace")
            (out / "stderr.txt").write_text(text)
            missing(peer, out, of_process(error))


def missing(peer: Peer, out: Path, why: str) -> None:
    """Tell the same reason of every recipe of which nothing was told."""
    for recipe in peer.recipes:
        if recipe.name not in told_in(out):
            tell(out, recipe.name, {"error": why})


def read(peer: Peer, out: Path) -> tuple[Made, ...]:
    """Return what told.json says of a tool's recipes."""
    told = told_in(out)
    found = []
    for recipe in peer.recipes:
        one = told.get(recipe.name, {"error": "the tool said nothing about it"})
        if "error" in one:
            found.append(Made(peer, recipe, note=one["error"]))
        else:
            found.append(Made(peer, recipe, out / one["file"], one["seconds"], one.get("note", "")))
    return tuple(found)


def key(peer: Peer, source: Source) -> str:
    """Return what a conversion depends on, in 16 hexadecimal digits."""
    digest = hashlib.sha256(source.key().encode())
    files = [TOOLS / f"{peer.module}.py", TOOLS / "order.py"]
    if peer.environment is None:
        files += [path for part in OWN_SOURCES for path in sorted((ROOT / part).rglob("*.py"))]
    else:
        digest.update(json.dumps(peer.environment.pins).encode())
    for path in files:
        digest.update(meaning(path.read_text(encoding="utf-8")).encode())
    return digest.hexdigest()[:16]


def meaning(source: str) -> str:
    """Return what a Python file does: other comments or line breaks leave it the same.

    >>> meaning("f(1)  # one") == meaning("f( 1 )")
    True
    """
    return ast.dump(ast.parse(source))
