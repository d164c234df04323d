"""What ssh says when it fails -> one sentence that says what to do.

ssh ends with 255 and English words on stderr, whatever went wrong; the words are those of
OpenSSH's sources (ssh.c, sshconnect.c, readconf.c, packet.c, kex.c) and have been stable for years.
"""

from __future__ import annotations

from edgeattn.deploy.address import Address
from edgeattn.deploy.connection import last_line
from edgeattn_runtime.errors import BadEnvironment

# (what ssh says, what we say), the first that is found; {name} is user@host, {host} the host.
FAULTS = (
    (
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        "{host} shows another host key than the one that is known: a new system on the board, or "
        "somebody in between; compare the key on the board itself (`ssh-keygen -lf "
        "/etc/ssh/ssh_host_ed25519_key.pub`), then `ssh-keygen -R {known}` forgets the old one",
    ),
    (
        "Host key verification failed",
        "the host key of {host} is not known here; log in once with `{login}` and compare the "
        "fingerprint before you say yes",
    ),
    (
        "System is booting up",
        "{host} is still starting; run it again in half a minute",
    ),
    (
        "System is going down",
        "{host} is shutting down or restarting; run it again when it is back",
    ),
    (
        "Permission denied",
        "{name} refuses the login; `ssh-copy-id {copy}` puts your key there, and `{login}` "
        "must work without a question",
    ),
    (
        "Too many authentication failures",
        "{name} refuses the login: the agent offered too many keys; name the right one with "
        "IdentityFile and IdentitiesOnly in ~/.ssh/config",
    ),
    (
        "Could not resolve hostname",
        "there is no host {host} by that name in this network; check the spelling, or use its "
        "IP address",
    ),
    (
        "Connection refused",
        "{host} is there, but nothing listens on its ssh port; it may be restarting, or ssh is "
        "off (`sudo systemctl enable --now ssh` on the board)",
    ),
    (
        "timed out",
        "{host} does not answer; is it on, and in this network?",
    ),
    ("No route to host", "{host} does not answer; is it on, and in this network?"),
    ("Network is unreachable", "this computer has no network that leads to {host}"),
    (
        "kex_exchange_identification",
        "{host} closed the connection before the login; it may be restarting, run it again in "
        "half a minute",
    ),
    (
        "Connection closed by",
        "{host} closed the connection during the login; it may be restarting, run it again in "
        "half a minute",
    ),
    (
        "Connection reset by",
        "{host} closed the connection during the login; it may be restarting, run it again in "
        "half a minute",
    ),
    (
        "Bad configuration option",
        "ssh does not understand its options ({said}); check ~/.ssh/config and "
        "EDGEATTN_SSH_OPTIONS",
    ),
)


def refused(address: Address, said: bytes) -> BadEnvironment:
    """Return the error for a connection that never stood."""
    text = said.decode("utf-8", errors="replace")
    name = f"{address.user}@{address.host}" if address.user else address.host
    port = "" if address.port is None else f" -p {address.port}"
    words = {
        "name": name,
        "host": address.host,
        "login": f"ssh{port} {name}",
        "copy": f"{port.strip()} {name}".strip(),
        "known": address.host if address.port is None else f"'[{address.host}]:{address.port}'",
        "said": last_line(said),
    }
    for found, sentence in FAULTS:
        if found.lower() in text.lower():
            return BadEnvironment(sentence.format(**words))
    return BadEnvironment(
        f"cannot connect to {name}: {words['said']}; `{words['login']}` shows more"
    )


def dropped(name: str, said: bytes) -> BadEnvironment:
    """Return the error for a line that dropped, or a board that restarted, in the middle."""
    return BadEnvironment(
        f"the line to {name} dropped ({last_line(said)}); what is on the board is whole, "
        "run the same command again when it is back"
    )
