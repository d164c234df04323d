"""What lies in --out while an audit runs, so that it can be stopped at any time and gone on with.

    plan.json                settings, what was timed, how many epochs, seconds spent so far
    CANDIDATE/training.pt    after every epoch, until the candidate is finished
    CANDIDATE/bundle/        its files
    CANDIDATE/result.json    last, so that whoever has one is finished
    audit.json, audit.html   at the end

Everything is written beside its place and then renamed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from edgeattn.audit.result import Finished
from edgeattn_runtime.errors import BadUsage, BrokenModel

PLAN, RESULT = "plan.json", "result.json"
SCHEMA = 1


@dataclass
class Record:
    """The plan of an audit, kept in its folder.

    Attributes:
        folder: Of the audit.
        settings: What must agree to go on.
        budget_s: Asked for; None where epochs were.
        files_s: Converting and judging one candidate takes about.
        epoch_s: The first epoch took, by candidate.
        epochs: Of all candidates; None until it is known.
        limited_by: See `edgeattn.audit.pace`.
        spent_s: By all runs together.
    """

    folder: Path
    settings: dict[str, Any]
    budget_s: float | None = None
    files_s: float = 0.0
    epoch_s: dict[str, float] = field(default_factory=dict)
    epochs: int | None = None
    limited_by: str | None = None
    spent_s: float = 0.0

    def save(self) -> None:
        """Write the plan."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {"schema_version": SCHEMA, **asdict(self)}
        del content["folder"]
        write_text(self.folder / PLAN, json.dumps(content, indent=1) + "\n")

    @contextmanager
    def counting(self, clock: Callable[[], float]) -> Iterator[Callable[[], float]]:
        """Yield what tells the seconds spent; however the block ends, they are kept."""
        before, began = self.spent_s, clock()

        def spent() -> float:
            return before + clock() - began

        try:
            yield spent
        finally:
            self.spent_s = spent()
            if (self.folder / PLAN).exists():  # an audit that was refused leaves nothing
                self.save()

    def finished(self, family: str) -> Finished | None:
        """Return a candidate that an earlier run finished."""
        path = self.folder / family / RESULT
        if not path.exists():
            return None
        try:
            return Finished.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, KeyError) as error:
            raise BrokenModel(
                f"{path} cannot be read ({error}); remove it, and --resume makes it again"
            ) from error

    def finish(self, one: Finished) -> None:
        """Keep a candidate."""
        write_text(self.folder / one.family / RESULT, json.dumps(one.to_json(), indent=1) + "\n")


def new_record(out: Path, settings: dict[str, Any], budget_s: float | None) -> Record:
    """Return the record of an audit that begins; nothing is written yet.

    Raises:
        BadUsage: `out` is taken.
    """
    check_free(out)
    return Record(out, settings, budget_s)


def check_free(out: Path) -> None:
    """Refuse a place that is taken, before anything is computed."""
    if (out / PLAN).exists():
        raise BadUsage(f"{out} holds an audit already; add --resume, or give another --out")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadUsage(f"{out} exists and is not empty; give another --out")


def old_record(out: Path, settings: dict[str, Any], budget_s: float | None) -> Record:
    """Return the record of an audit that was stopped, and remove what was left half-written.

    Raises:
        BadUsage: There is none, or it was one of other settings.
    """
    path = out / PLAN
    if not path.exists():
        raise BadUsage(f"{out} holds no audit to resume; leave out --resume")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("schema_version") != SCHEMA:
            raise ValueError("another schema")
        record = Record(out, **content)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BrokenModel(
            f"{path} is no plan of an audit ({error}); leave out --resume and give another --out"
        ) from error
    asked = {**settings, **({} if budget_s is None else {"budget_s": budget_s})}
    held = {**record.settings, "budget_s": record.budget_s}
    differing = [key for key in asked if held.get(key) != asked[key]]
    if differing:
        key = differing[0]
        raise BadUsage(
            f"{out} holds an audit with {key} {held.get(key)}, not {asked[key]}; resume with the "
            "same settings, or start anew in another --out"
        )
    for unfinished in (*out.glob(".*.part"), *out.glob("*/.*.part"), *out.glob("*/.bundle.*")):
        if unfinished.is_dir():
            shutil.rmtree(unfinished, ignore_errors=True)
        else:
            unfinished.unlink(missing_ok=True)
    return record


def write_text(path: Path, text: str) -> None:
    """Write beside the file, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
