"""The boards' disk: the system with its users and keys, as an ext4 image made without mounting."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.boards.cache import built, key_of
from tests.boards.initrd import GUEST, MODULES, kernel, write_initrd
from tests.boards.packages import environment, unpacked
from tests.boards.system import link_tree, system_folder

SIZE = "1600M"  # sparse: what is written counts
USER = "pi"
ROOT = "root"  # the hand of a test that breaks the board; deploy never uses it

USERS = """\
root:x:0:0:root:/root:/bin/bash
pi:x:1000:1000:Pi:/home/pi:/bin/bash
sshd:x:103:65534::/run/sshd:/usr/sbin/nologin
nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
"""
GROUPS = "root:x:0:\npi:x:1000:\nnogroup:x:65534:\n"
PASSWORDS = "root:*:19000:0:99999:7:::\npi:*:19000:0:99999:7:::\n"  # "*": keys only
SERVER = """\
HostKey /etc/ssh/ssh_host_ed25519_key
UsePAM no
UseDNS no
PasswordAuthentication no
PermitRootLogin prohibit-password
# A board is set up to say in the user's environment file that its clock counts instructions.
PermitUserEnvironment yes
MaxStartups 100
Subsystem sftp /usr/lib/openssh/sftp-server
"""
ENVIRONMENT = "EDGEATTN_CLOCK=instructions\n"


@dataclass(frozen=True)
class Disk:
    """What a board starts from.

    Attributes:
        image: Its disk; boards write to a copy of their own.
        initrd: What the kernel starts from.
        kernel: The kernel.
        key: The user's private key.
        host_key: The board's public key.
    """

    image: Path
    initrd: Path
    kernel: Path
    key: Path
    host_key: str


def board_disk() -> Disk:
    """Return the disk, made once."""
    system = system_folder()
    scripts = [(GUEST / name).read_text(encoding="utf-8") for name in ("init", "board-init")]
    texts = [USERS, GROUPS, PASSWORDS, SERVER, ENVIRONMENT, SIZE, MODULES]
    name = f"disk-{key_of(str(system), str(kernel()), scripts, texts)}"

    def fill(folder: Path) -> None:
        root = folder / "root"
        link_tree(system, root)
        new_key(folder / "id")
        _configure(root, (folder / "id.pub").read_text(encoding="utf-8"))
        shutil.copy(root / "etc/ssh/ssh_host_ed25519_key.pub", folder / "host_key.pub")
        write_initrd(folder / "initrd.gz")
        tools = unpacked("e2fsprogs")
        command = [tools / "usr/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-m", "0"]
        command += ["-E", "root_owner=0:0", "-d", root]
        subprocess.run(
            [*command, folder / "disk.img", SIZE], env=environment(tools), check=True,
            capture_output=True, text=True,
        )  # fmt: skip
        shutil.rmtree(root)

    folder = built(name, fill)
    return Disk(
        folder / "disk.img",
        folder / "initrd.gz",
        kernel(),
        folder / "id",
        (folder / "host_key.pub").read_text(encoding="utf-8"),
    )


def new_key(path: Path) -> None:
    """Write a new pair of ssh keys."""
    tools = unpacked("openssh-client")
    subprocess.run(
        [tools / "usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "board", "-f", path],
        env=environment(tools), check=True, capture_output=True, text=True,
    )  # fmt: skip


def _configure(root: Path, public_key: str) -> None:
    """Write what an installer writes: users, keys, the ssh server's settings."""
    for name in ("proc", "sys", "dev", "tmp", "run", "root", "home/pi", "etc/ssh"):
        (root / name).mkdir(parents=True, exist_ok=True)
    files = {
        "etc/passwd": USERS,
        "etc/group": GROUPS,
        "etc/shadow": PASSWORDS,
        "etc/ssh/sshd_config": SERVER,
        "etc/hosts": "127.0.0.1 localhost raspberrypi\n",
        "etc/nsswitch.conf": "hosts: files\n",
        "home/pi/.ssh/authorized_keys": public_key,
        "home/pi/.ssh/environment": ENVIRONMENT,
        "root/.ssh/authorized_keys": public_key,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.unlink(missing_ok=True)  # a hard link would change the cached system
        path.write_text(text, encoding="utf-8")
    (root / "etc/shadow").chmod(0o640)
    shutil.copy(GUEST / "board-init", root / "usr/sbin/board-init")
    (root / "usr/sbin/board-init").chmod(0o755)
    new_key(root / "etc/ssh/ssh_host_ed25519_key")
