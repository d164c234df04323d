"""Run the runtime's own `check` and `bench` on the board; its report is the result."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from edgeattn.deploy.connection import Completed, Connection
from edgeattn.deploy.deployment import Deployment
from edgeattn.deploy.on_board.prove import BACK
from edgeattn.deploy.program import program
from edgeattn_runtime.errors import BadEnvironment, BadInput, BadUsage, EdgeattnError
from edgeattn_runtime.providers import is_accelerator
from edgeattn_runtime.report import Report

TIMEOUT_S = 3600.0
ENDED_BY = {  # exit codes that a signal gives
    132: "an instruction that this CPU lacks; try another --engine",
    134: "an abort inside the engine; try another --engine",
    135: "a bus error inside the engine; try another --engine",
    136: "an arithmetic fault inside the engine; try another --engine",
    137: "the system, likely for lack of memory; close programs there",
    139: "a crash inside the engine; try another --engine",
    143: "the system: it is shutting down, or somebody ended it; run it again",
}


def run_on(
    connection: Connection,
    deployment: Deployment,
    words: Sequence[str],
    *,
    timeout_s: float = TIMEOUT_S,
) -> Report:
    """Run one command of `edgeattn-runtime` on a deployed bundle and return its report.

    When the line drops, what runs there is ended: nothing goes on heating the board.

    Args:
        connection: The line to the board.
        deployment: What `deploy` returned.
        words: "check" or "bench", then flags.
        timeout_s: When to give up, in seconds.

    Raises:
        BadUsage: The runtime does not know a flag.
        BadEnvironment: It could not run, crashed, or gave no report; the line dropped.
    """
    line, code = program(deployment.choice.python.path, "attend", *_call(deployment, words))
    done = connection.run(line, stdin=code, timeout_s=timeout_s, hold=True)
    return _result(connection, deployment, words[0], done)


def prove_on(
    connection: Connection, deployment: Deployment, flags: Sequence[str]
) -> tuple[Report, str | None]:
    """Check a deployed bundle; return the report, and the release that is in use again, if any.

    Where a new release fails its check, or the check breaks off, the board goes back to the one
    before. A release that was in use already stays: it held when it came.

    Args:
        connection: The line to the board.
        deployment: What `deploy` returned.
        flags: Of `edgeattn-runtime check`.

    Raises:
        BadEnvironment: As `run_on`.
    """
    if not deployment.is_new:
        return run_on(connection, deployment, ["check", *flags]), None
    call = _call(deployment, ["check", *flags])
    line, code = program(deployment.choice.python.path, "prove", deployment.release, *call)
    done = connection.run(line, stdin=code, timeout_s=TIMEOUT_S, hold=True)
    said = done.stderr.decode("utf-8", "replace")
    back = re.search(rf"^{re.escape(BACK)}([\w.+-]+)$", said, re.MULTILINE)
    done = replace(done, stderr=re.sub(rf"(?m)^{re.escape(BACK)}.*\n?", "", said).encode())
    try:
        return _result(connection, deployment, "check", done), back and back.group(1)
    except EdgeattnError as error:
        if back is None:
            raise
        raise type(error)(f"{error}; {back.group(1)} is in use again") from error


def _call(deployment: Deployment, words: Sequence[str]) -> tuple[str, ...]:
    """Return the command line on the board."""
    command, flags = words[0], words[1:]
    return (
        f"{deployment.release}/edgeattn",
        command,
        deployment.release,
        *("--json", "--quiet", "--engine", deployment.choice.run_as),
        *flags,
    )


def _result(
    connection: Connection, deployment: Deployment, command: str, done: Completed
) -> Report:
    if done.code not in (0, 1) or not done.stdout.strip():
        raise _fault(done, connection.name, command, deployment.choice.run_as)
    report = _report(done, connection.name)
    if deployment.clock_is_wrong:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        report = replace(report, created=now)
    if done.code == 0 and not report.verdict.passed:
        raise BadEnvironment(f"{connection.name} reports a failed gate but ended well; run again")
    return report


def _report(done: Completed, name: str) -> Report:
    try:
        read = json.loads(done.text)
        if not isinstance(read, dict):
            raise ValueError(f"a {type(read).__name__}")
        return Report.from_json(_clean(read))
    except (ValueError, RecursionError) as error:
        raise BadEnvironment(
            f"{name} gave no report that can be read ({error}); does something print into the "
            "session at login?"
        ) from error
    except BadInput as error:
        raise BadEnvironment(f"the report of {name} cannot be used: {error}") from error


def _fault(done: Completed, name: str, command: str, run_as: str) -> EdgeattnError:
    """Return why there is no report."""
    said = re.sub(r"^(edgeattn-runtime[^:]*: )?error: ", "", done.complaint)
    if done.code == 2:
        return BadUsage(f"the runtime on {name} does not take that: {said}")
    if done.code in ENDED_BY:
        return BadEnvironment(f"{command} on {name} was ended by {ENDED_BY[done.code]}")
    if done.code == 3:
        other = "; `--engine auto` takes the CPU" if is_accelerator(run_as) else ""
        return BadEnvironment(f"on {name}: {said}{other}")
    return BadEnvironment(f"{command} on {name} ended with exit code {done.code}: {said}")


def _clean(value: Any) -> Any:
    """Return JSON whose strings can be shown on a terminal."""
    if isinstance(value, str):
        return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", "", value)
    if isinstance(value, dict):
        return {_clean(key): _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value
