"""Take everything of ours off a board."""

from __future__ import annotations

from edgeattn.deploy.answer import answer_of
from edgeattn.deploy.connection import Connection
from edgeattn.deploy.probe import probe
from edgeattn.deploy.program import program


def uninstall(connection: Connection, *, folder: str | None = None) -> tuple[str, int]:
    """Remove the folder that deploys went to; return its path and how many bytes it held.

    Raises:
        BadEnvironment: The folder is not ours, or a deploy is changing it.
    """
    facts = probe(connection, folder)
    if facts.inventory.empty and not facts.inventory.ours:
        return facts.folder, 0
    command, code = program(facts.pythons[0].path, "remove", facts.folder)
    answer = answer_of(connection.run(command, stdin=code), connection.name, facts.folder)
    return facts.folder, int(answer.get("removed_bytes", 0))
