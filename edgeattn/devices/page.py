"""docs/devices.md, made from the profiles; a test keeps it in step.

python -m edgeattn.devices.page > docs/devices.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from edgeattn.devices import text
from edgeattn.devices.load import shipped
from edgeattn.devices.profile import Profile

LEAD = """# Devices

Boards and phones that `--target` and `edgeattn devices` know. Every number has a source, which
`edgeattn devices DEVICE` prints; a number without one is left out. `edgeattn devices probe DEVICE
--out FILE.toml` writes a profile from a live board, and `--target FILE.toml` uses it.

A target says how a model is written, not how fast it will be: the verdict of a conversion reads
`unmeasured` for every machine but the one that measured, until the bundle was benchmarked there.
`edgeattn devices estimate MODEL` puts a model under a roofline and calls the result an estimate.

This page is made from devices/edgeattn_devices/*.toml by `python -m edgeattn.devices.page`; a test
keeps it in step.
"""


def page(profiles: Iterable[Profile]) -> str:
    """Return the page: a table of all devices, then what not to try on each."""
    return "\n".join(_lines(tuple(profiles))) + "\n"


def _lines(profiles: tuple[Profile, ...]) -> Iterator[str]:
    yield LEAD
    yield _row("device", "cores, GHz", "features", "memory", "GB/s", "Python", "engine", "target")
    yield _row(*["---"] * 8)
    for one in profiles:
        features = ", ".join(one.features)
        yield _row(
            f"[{one.name}](#{one.name})", text.cores_of(one), features, text.memory_of(one),
            text.bandwidth_of(one), text.pythons_of(one), f"{one.engine}, {one.threads} threads",
            ", ".join(one.targets),
        )  # fmt: skip
    yield ""
    yield "GB/s: between CPU and memory as measured; in brackets what the bus can carry."
    for one in profiles:
        yield f"\n## {one.name}\n"
        yield f"{one.title}: {one.soc}. Also called {', '.join(one.aliases)}.\n"
        for accelerator in one.accelerators:
            yield f"- {accelerator.name} ({accelerator.kind}): {accelerator.takes}."
        for avoid in one.avoid:
            yield f"- Do not try {avoid.what}: {avoid.why}."


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(page(shipped().values()))
