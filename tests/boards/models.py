"""Which boards are emulated, and what tells them apart.

Cortex-A72 has no int8 dot product, Cortex-A76 has one: the engines take other kernels on each.
Bare `max`, QEMU 7.2's default in user mode, is left out, as it computes wrong int8 results through
SME. Without SME and SVE it stands for cores with int8 matrix products, of which QEMU 7.2 has none.
"""

from __future__ import annotations

from dataclasses import dataclass

A72_FEATURES = "fp asimd evtstrm crc32 cpuid"  # a Pi 4 has no crypto extensions
A76_FEATURES = (
    "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop "
    "asimddp"
)


@dataclass(frozen=True)
class BoardModel:
    """A board to emulate.

    Attributes:
        name: Its short name, also that of files about it.
        cpu: QEMU's name of its CPU.
        part: Arm's number of that CPU, as /proc/cpuinfo and the engines' CPU detection have it.
        features: /proc/cpuinfo's words.
        title: What /proc/device-tree/model says.
        compatible: What /proc/device-tree/compatible says.
    """

    name: str
    cpu: str
    part: str
    features: str
    title: str
    compatible: tuple[str, ...]

    def cpuinfo(self) -> str:
        """Return /proc/cpuinfo of one core, for emulation without a kernel."""
        return (
            "processor\t: 0\nBogoMIPS\t: 108.00\n"
            f"Features\t: {self.features}\nCPU implementer\t: 0x41\nCPU architecture: 8\n"
            f"CPU variant\t: 0x0\nCPU part\t: {self.part}\nCPU revision\t: 3\n\n"
            f"Model\t\t: {self.title}\n"
        )


PI_4 = BoardModel(
    name="pi4",
    cpu="cortex-a72",
    part="0xd08",
    features=A72_FEATURES,
    title="Raspberry Pi 4 Model B Rev 1.4",
    compatible=("raspberrypi,4-model-b", "brcm,bcm2711"),
)
PI_5 = BoardModel(
    name="pi5",
    cpu="cortex-a76",
    part="0xd0b",
    features=A76_FEATURES,
    title="Raspberry Pi 5 Model B Rev 1.0",
    compatible=("raspberrypi,5-model-b", "brcm,bcm2712"),
)
BOARDS = (PI_4, PI_5)
I8MM = BoardModel(  # for single programs; no such board is booted
    name="i8mm",
    cpu="max,sve=off,sme=off",
    part="0xd47",  # Cortex-A710
    features=A76_FEATURES + " i8mm bf16",
    title="A board with int8 matrix products",
    compatible=(),
)
