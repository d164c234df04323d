"""What a program of ours says on the board -> its answer, or one sentence about what failed."""

from __future__ import annotations

import json
from typing import Any

from edgeattn.deploy.connection import Completed, last_line
from edgeattn_runtime.errors import BadEnvironment

# `Refusal.kind` on the board -> our sentence; {name} is the board, {detail} what it said.
SENTENCES = {
    "disk-full": "the disk of {name} is full at {folder}; nothing was changed there: free some "
    "space, or give --dir a folder on another disk",
    "read-only": "{name} does not let anything be written at {folder} ({detail}); --dir PATH names "
    "another folder there",
    "foreign": "{detail} on {name} holds files that are not edgeattn's, and they stay as they are; "
    "--dir PATH names another folder",
    "busy": "another deploy (process {detail} there) is changing {folder} on {name}; run it again "
    "when it is done",
    "cut": "the line to {name} dropped while files were sent ({detail}); run the same command "
    "again, it goes on where it stopped",
    "garbled": "what arrived on {name} is not what was sent ({detail}); does something print into "
    "the session at login? run it again",
    "damaged": "a file arrived on {name} with another checksum ({detail}); run the same command "
    "again, it is sent anew",
    "failed": "{name} could not do it: {detail}",
}


def answer_of(done: Completed, name: str, folder: str) -> dict[str, Any]:
    """Return the JSON line a program of `on_board` ended with.

    Raises:
        BadEnvironment: It says what failed there; or it said nothing that can be read.
    """
    read = None
    for line in reversed(done.text.splitlines()):
        if line.startswith("{"):
            try:
                read = json.loads(line)
            except (ValueError, RecursionError):
                read = None
            break
    if not isinstance(read, dict):
        raise BadEnvironment(
            f"{name} ended with exit code {done.code} and no answer: {done.complaint}"
        )
    if "error" in read:
        kind, detail = str(read["error"]), last_line(str(read.get("detail", "")) or "no details")
        sentence = SENTENCES.get(kind, SENTENCES["failed"])
        raise BadEnvironment(sentence.format(name=name, folder=folder, detail=detail))
    if done.code:
        raise BadEnvironment(f"{name} ended with exit code {done.code}: {done.complaint}")
    return read
