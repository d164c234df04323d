"""What this machine has for converting and running models, and what is missing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from edgeattn.gpus import Accelerator, find_accelerators
from edgeattn.installation import PARTS, Finding, Part, look_for
from edgeattn.report.quantities import size
from edgeattn.report.terminal import table

LITTLE_DISK_MB = 500.0  # a conversion writes a few hundred MB at most

# CPU feature -> what it means for int8; the first that is present is told.
INTEGER_FEATURES = {
    "amx_int8": "AMX: int8 matrix products in tiles",
    "avx512_vnni": "AVX-512 VNNI: int8 products without saturation",
    "avx_vnni": "AVX VNNI: int8 products without saturation",
    "i8mm": "i8mm: int8 matrix products",
    "asimddp": "dot product: four int8 products in one instruction",
}


@dataclass(frozen=True)
class Diagnosis:
    """What this machine has, and what is missing.

    Attributes:
        findings: A finding for each part.
        machine: Its name, cpu, cores, features, governor, system, python.
        integer_cpu: What its CPU does for int8, in words.
        free_disk_mb: Room in the current folder, in 10^6 bytes.
        remarks: What is not wrong, but good to know.
        accelerators: What each of `--engine webgpu`, `litert-gpu`, `cuda`, `tensorrt` has or lacks.
    """

    findings: tuple[Finding, ...]
    machine: dict[str, object]
    integer_cpu: str
    free_disk_mb: float
    remarks: tuple[str, ...]
    accelerators: tuple[Accelerator, ...] = ()

    @property
    def healthy(self) -> bool:
        """Return whether models can be converted and run here."""
        return not any(
            finding.essential and finding.state in ("missing", "too old", "broken")
            for finding in self.findings
        )

    def text(self) -> str:
        """Return the diagnosis for a terminal."""
        rows = [
            (finding.name, finding.version or "-", finding.state, finding.purpose)
            for finding in self.findings
        ]
        facts = [(words, str(self.machine.get(key) or "unknown")) for key, words in _SHOWN.items()]
        facts += [("int8 on it", self.integer_cpu), ("free disk", size(1e6 * self.free_disk_mb))]
        wrong = [finding for finding in self.findings if finding.remedy and finding.essential]
        spare = [finding for finding in self.findings if finding.remedy and not finding.essential]
        lines = [table(("Part", "Version", "State", "Purpose"), rows, words=range(4)), ""]
        lines += [f"{words + ':':12} {text}" for words, text in facts]
        lines += [f"{one.name + ':':12} {one.state}" for one in self.accelerators]
        lines += ["", *self.remarks] if self.remarks else []
        lines += ["", *(_advice(finding) for finding in spare)] if spare else []
        lines += ["", *(_advice(finding) for finding in wrong)] if wrong else []
        lines += ["", "Ready to convert and run." if self.healthy else "Not ready: see above."]
        return "\n".join(lines)


_SHOWN = {"machine": "machine", "cpu": "cpu", "cores": "cores", "governor": "governor"}


def examine(parts: tuple[Part, ...] = PARTS, folder: Path | None = None) -> Diagnosis:
    """Look at what is installed and at the machine; `folder` is where disk space is looked for."""
    from edgeattn_runtime.machine import context

    here = context().to_json()
    free_mb = shutil.disk_usage(folder or Path.cwd()).free / 1e6
    return Diagnosis(
        findings=tuple(look_for(part) for part in parts),
        machine={
            key: here.get(key)
            for key in ("machine", "system", "cpu", "cores", "features", "governor", "python")
        },
        integer_cpu=_integer_cpu(tuple(here["features"])),
        free_disk_mb=round(free_mb, 1),
        remarks=tuple(_remarks(here, free_mb)),
        accelerators=find_accelerators(),
    )


def _advice(finding: Finding) -> str:
    return f"{finding.name} ({finding.state}, {finding.purpose}):  {finding.remedy}"


def _integer_cpu(features: tuple[str, ...]) -> str:
    for feature, words in INTEGER_FEATURES.items():
        if feature in features:
            return words
    if "avx2" in features:
        return "no VNNI: 8-bit weights saturate, so 7-bit ones are used"
    return "no instruction for it: int8 may be no faster than float"


def _remarks(here: dict[str, object], free_mb: float) -> list[str]:
    remarks = []
    if free_mb < LITTLE_DISK_MB:
        remarks.append(
            f"Only {free_mb:.0f} MB are free here; a conversion may need {LITTLE_DISK_MB:.0f}."
        )
    if here.get("governor") not in (None, "performance"):
        remarks.append(
            f"The CPU governor is {here['governor']}; for steady latencies: "
            "sudo cpupower frequency-set -g performance"
        )
    if here.get("throttled"):
        remarks.append("The clock is held back right now (heat or supply); latencies will be long.")
    return remarks
