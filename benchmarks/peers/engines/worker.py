"""The process that runs one engine's files: JSON requests in, JSON replies out, a line each.

    PYTHON -m benchmarks.peers.engines.worker MODULE

    {"do": "open", "file": "...", "samples": "....npz", "names": [...]}  -> {"provider": "..."}
    {"do": "answer", "file": "...", "out": "....npy"}                    -> {}
    {"do": "time", "file": "...", "runs": 3}                             -> {"seconds": [...]}
    {"do": "close", "file": "..."}                                       -> {}

What cannot be done is answered with {"error": "..."}. Engines print to stdout as they like: the
replies go through a copy of it that they do not know.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.peers.reasons import first_line
from benchmarks.peers.source import Array

Sample = dict[str, Array]


class Opened(Protocol):
    """A file that an engine has opened.

    Attributes:
        provider: What runs it, in the engine's words.
    """

    provider: str

    def answer(self, sample: Sample) -> Array:
        """Return the float logits [1, classes] of one sample, by input name in order."""

    def bind(self, sample: Sample) -> None:
        """Make this the sample that `invoke` runs."""

    def invoke(self) -> object:
        """Run once; this is what is timed."""


class Worker:
    """Files that are open, and their samples."""

    def __init__(self, module: str) -> None:
        """Import the engine."""
        self.engine: Any = importlib.import_module(f"benchmarks.peers.engines.{module}")
        self.opened: dict[str, Opened] = {}
        self.samples: dict[str, list[Sample]] = {}

    def reply(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked."""
        try:
            found: dict[str, Any] = getattr(self, f"do_{request['do']}")(request)
        except Exception as error:  # an engine's refusal is the file's row in the table
            return {"error": first_line(error)}
        return found

    def do_open(self, request: dict[str, Any]) -> dict[str, Any]:
        """Open a file and bind the first sample."""
        file = request["file"]
        with np.load(request["samples"]) as archive:
            arrays = {name: archive[name] for name in request["names"]}
        count = len(next(iter(arrays.values())))
        samples = [{n: a[i : i + 1] for n, a in arrays.items()} for i in range(count)]
        opened = self.engine.open_file(Path(file), samples[0])
        opened.bind(samples[0])
        self.opened[file], self.samples[file] = opened, samples
        return {"provider": opened.provider}

    def do_answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Write the answers to all samples, and bind the first again."""
        opened, samples = self.opened[request["file"]], self.samples[request["file"]]
        rows = [np.array(opened.answer(sample), np.float32) for sample in samples]
        np.save(request["out"], np.concatenate(rows))
        opened.bind(samples[0])
        return {}

    def do_time(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run once untimed, since another process had the caches, then `runs` times."""
        invoke = self.opened[request["file"]].invoke
        invoke()
        seconds = []
        for _ in range(request["runs"]):
            before = time.perf_counter()
            invoke()
            seconds.append(time.perf_counter() - before)
        return {"seconds": seconds}

    def do_close(self, request: dict[str, Any]) -> dict[str, Any]:
        """Forget a file."""
        self.opened.pop(request["file"], None)
        self.samples.pop(request["file"], None)
        gc.collect()
        return {}


def main() -> None:
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    worker = Worker(sys.argv[1])
    replies.write('{"ready": true}\n')
    gc.disable()  # a collection would land on one file
    for line in sys.stdin:
        replies.write(json.dumps(worker.reply(json.loads(line))) + "\n")


if __name__ == "__main__":
    main()
