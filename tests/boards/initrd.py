"""The kernel of the boards, and the small file system it starts from, written without root.

The format is cpio's "newc", the one the kernel reads (Documentation/driver-api/early-userspace/
buffer-format.rst): for each file 13 numbers of 8 hexadecimal digits, the name, the content, each
padded to 4 bytes.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

from tests.boards.packages import unpacked

GUEST = Path(__file__).parent / "guest"
KERNEL = "linux-image-cloud-arm64"
MODULES = (
    "virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci",
    "virtio_mmio", "virtio_blk", "failover", "net_failover", "virtio_net", "rng-core", "virtio-rng",
)  # fmt: skip
"""Drivers in the order they need each other; what the kernel has built in is no file."""

FOLDER, PROGRAM, FILE = 0o040755, 0o100755, 0o100644


def kernel_folder() -> Path:
    """Return the unpacked kernel with its drivers."""
    return unpacked(KERNEL, arch="arm64")


def kernel() -> Path:
    """Return the kernel's image."""
    (image,) = (kernel_folder() / "boot").glob("vmlinuz-*")
    return image


def write_initrd(path: Path) -> None:
    """Write the file system that finds the board's disk."""
    busybox = unpacked("busybox-static", arch="arm64", alone=True) / "bin/busybox"
    files = {name: b"" for name in ("bin", "proc", "sys", "dev", "disk", "modules")}
    found = []
    for name in MODULES:
        for module in kernel_folder().glob(f"usr/lib/modules/*/kernel/**/{name}.ko"):
            files[f"modules/{module.name}"] = module.read_bytes()
            found.append(module.name)
    files["modules/order"] = "\n".join(found).encode()
    files["bin/busybox"] = busybox.read_bytes()
    files["init"] = (GUEST / "init").read_bytes()
    path.write_bytes(gzip.compress(cpio(files.items()), 1, mtime=0))


def cpio(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return an archive; a name without content is a folder, one without a suffix a program."""
    archive = bytearray()
    for number, (name, content) in enumerate([*files, ("TRAILER!!!", b"")], 1):
        mode = FOLDER if not content else FILE if "." in name else PROGRAM
        fields = [number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
        archive += b"070701" + "".join(f"{field:08x}" for field in fields).encode()
        archive += name.encode() + b"\0"
        archive += bytes(-len(archive) % 4)
        archive += content
        archive += bytes(-len(archive) % 4)
    return bytes(archive)
