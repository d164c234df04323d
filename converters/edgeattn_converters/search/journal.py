"""The journal: what the search has measured, a line each, so that it resumes where it stopped.

The first line names what was measured: a hash over model, data, recipe, policy, machine and
versions. A journal of anything else is started over. A line cut short by a crash is measured again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgeattn_converters.evidence import Array
from edgeattn_converters.program import Program, constant

SCHEMA = "edgeattn search journal 1"


class Journal:
    """Answers that were computed once.

    >>> journal = Journal(None, "key")
    >>> journal.once("noise of stem", lambda: 0.5), journal.once("noise of stem", lambda: 0.7)
    (0.5, 0.5)
    """

    def __init__(self, path: Path | None, key: str) -> None:
        """Open `path` when it was written for the same `key`, else start it; None keeps nothing."""
        self.path = path
        self.known: dict[str, Any] = {}
        if path is None:
            return
        head = json.dumps({"schema": SCHEMA, "key": key})
        lines = list(_lines(path))
        if lines[:1] == [json.loads(head)]:
            self.known = {line["what"]: line["found"] for line in lines[1:] if "what" in line}
        text = "".join(f"{json.dumps(line)}\n" for line in lines) if self.known else f"{head}\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def once(self, what: str, compute: Callable[[], Any]) -> Any:
        """Return the answer in the journal, else compute it and write it down.

        Args:
            what: The question, unique in this journal.
            compute: Gives values that JSON holds exactly: float64 survives the round trip.
        """
        if what not in self.known:
            found = compute()
            self.known[what] = found
            if self.path is not None:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(f"{json.dumps({'what': what, 'found': found})}\n")
                    file.flush()
                    os.fsync(file.fileno())
        return self.known[what]

    def part(self, name: str) -> Journal:
        """Return a journal in the same file whose questions begin with `name`."""
        return _Part(self, name)

    def knows(self, what: str) -> bool:
        """Tell whether an answer is there."""
        return what in self.known


class _Part(Journal):
    """A journal that asks another one."""

    def __init__(self, whole: Journal, name: str) -> None:
        super().__init__(None, "")
        self.whole, self.name = whole, name

    def once(self, what: str, compute: Callable[[], Any]) -> Any:
        return self.whole.once(f"{self.name}: {what}", compute)

    def knows(self, what: str) -> bool:
        return self.whole.knows(f"{self.name}: {what}")


def key_of(
    programs: Mapping[str, Program], arrays: Mapping[str, Array | None], *facts: object
) -> str:
    """Return a hash over models (graphs and weights), data, and whatever else matters."""
    digest = hashlib.sha256()
    for name, program in sorted(programs.items()):
        digest.update(f"{name}\n{program.graph}\n".encode())
        for node in program.graph.find_nodes(op="get_attr"):
            value = constant(program, node).detach().contiguous()
            digest.update(f"{node.target} {value.dtype} {list(value.shape)}\n".encode())
            digest.update(np.ascontiguousarray(value.numpy()).tobytes())
    for name, array in sorted(arrays.items()):
        if array is not None:
            digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    for fact in facts:
        digest.update(f"{fact}\n".encode())
    return digest.hexdigest()


def _lines(path: Path) -> Iterator[Any]:
    """Yield the lines that can be read, up to the first that cannot."""
    with contextlib.suppress(FileNotFoundError, UnicodeDecodeError, json.JSONDecodeError):
        for line in path.read_text(encoding="utf-8").splitlines():
            read = json.loads(line)
            if not isinstance(read, dict):
                return
            yield read
