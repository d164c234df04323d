"""What OpenSSH 9.2 writes; the first four are also provoked for real in test_ssh.py."""

import pytest

from edgeattn.deploy.address import Address
from edgeattn.deploy.ssh_faults import FAULTS, dropped, refused

BOARD = Address("ssh", "board", "pi", 2222)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
         "`ssh-keygen -R '[board]:2222'` forgets the old one"),
        ("No ED25519 host key is known for board.\nHost key verification failed.",
         "log in once with `ssh -p 2222 pi@board`"),
        ("pi@board: Permission denied (publickey).", "`ssh-copy-id -p 2222 pi@board`"),
        ("ssh: connect to host board port 22: Connection refused", "it may be restarting"),
        ("ssh: Could not resolve hostname board: Name or service not known", "no host board"),
        ("ssh: connect to host board port 22: Connection timed out", "does not answer"),
        ("ssh: connect to host board port 22: No route to host", "does not answer"),
        ("ssh: connect to host board port 22: Network is unreachable", "has no network"),
        ("kex_exchange_identification: read: Connection reset by peer", "it may be restarting"),
        ("Connection closed by 10.0.0.7 port 22", "it may be restarting"),
        ('"System is booting up. Unprivileged users are not permitted to log in yet."\n'
         "Connection closed by 10.0.0.7 port 22", "is still starting"),
        ("Received disconnect: Too many authentication failures", "IdentitiesOnly"),
        ("command-line: line 0: Bad configuration option: x", "EDGEATTN_SSH_OPTIONS"),
        ("something new {0} {name}", "something new {0} {name}; `ssh -p 2222 pi@board` shows more"),
    ],
)  # fmt: skip
def test_what_ssh_says_becomes_a_sentence(said, sentence):
    fault = refused(BOARD, said.encode())
    assert sentence in str(fault)
    assert fault.exit_code == 3
    assert "\n" not in str(fault)


@pytest.mark.parametrize("sentence", [sentence for _, sentence in FAULTS])
def test_every_sentence_can_be_filled_in(sentence):
    words = dict.fromkeys(("name", "host", "login", "copy", "known", "said"), "x")
    assert "{" not in sentence.format(**words)


def test_a_dropped_line_says_that_the_board_is_whole():
    said = b"client_loop: send disconnect: Broken pipe"
    assert "dropped (client_loop: send disconnect: Broken pipe)" in str(dropped("pi@board", said))
