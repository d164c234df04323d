"""A live board -> a profile: what it says of itself, and its roofs as it measured them."""

from __future__ import annotations

import json
import math
import re
import shlex
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeattn.devices.cores import cores
from edgeattn.devices.load import SUFFIX
from edgeattn_runtime.errors import BadEnvironment, BadUsage
from edgeattn_runtime.machine import ARM_CORES, cpu_class

if TYPE_CHECKING:
    from edgeattn.deploy.board import BoardFacts, Interpreter
    from edgeattn.deploy.connection import Connection

TIMEOUT_S = 60.0
KERNEL_WORDS = {"asimd": "neon", "asimdhp": "fp16", "asimddp": "dotprod"}
"""CPU features as Linux calls them on ARM -> as profiles do; others keep their names."""

MEASURED = ("memcpy_gb_per_s", "memcpy_mib", "sgemm_gops_per_s")
OF_INTEREST = (
    *("neon", "fp16", "dotprod", "i8mm", "sve"),
    *("avx2", "avx512f", "avx512_vnni", "avx_vnni"),
)
PREFERRED = ("ai-edge-litert", "onnxruntime", "tflite-runtime")


def check_out(out: Path, *, force: bool) -> None:
    """Refuse a place for the profile before the board is asked.

    Raises:
        BadUsage: It is no .toml file, or it exists.
    """
    if out.suffix != SUFFIX:
        raise BadUsage(f"--out {out} does not end in .toml, by which --target knows a profile")
    if out.exists() and not force:
        raise BadUsage(f"{out} exists; name another --out or add --force")


def probe_profile(connection: Connection) -> str:
    """Return the TOML text of a profile of the board at the other end of a line.

    Three round trips at most; nothing is left on the board.

    Raises:
        BadEnvironment: The board cannot be reached, has no Python 3.8, or answers nonsense.
    """
    from edgeattn.deploy.probe import probe

    facts = probe(connection)
    return profile_text(facts, measured_roofs(connection, facts.pythons[0].path))


def measured_roofs(connection: Connection, python: str) -> Mapping[str, Any]:
    """Run on_board.py there and return what it measured.

    Raises:
        BadEnvironment: It did not answer with numbers.
    """
    code = (Path(__file__).parent / "on_board.py").read_bytes()
    done = connection.run(f"{shlex.quote(python)} -", stdin=code, timeout_s=TIMEOUT_S)
    try:
        answer = json.loads(done.text)
        roofs = {key: answer[key] for key in MEASURED if answer[key] is not None}
        if done.code or not all(0 < float(one) < math.inf for one in roofs.values()):
            raise ValueError(f"it ended with {done.code}")
    except (ValueError, KeyError, TypeError) as fault:
        raise BadEnvironment(
            f"{connection.name} did not measure its roofs ({fault}; {done.complaint}); "
            f"run {python} there by hand"
        ) from fault
    return {**roofs, "numpy": str(answer.get("numpy") or "")[:40]}


def profile_text(facts: BoardFacts, roofs: Mapping[str, Any]) -> str:
    """Return the profile of a board as TOML.

    Args:
        facts: As edgeattn.deploy.probe found them.
        roofs: As `measured_roofs` found them.
    """
    python = facts.pythons[0]
    features = tuple(dict.fromkeys(KERNEL_WORDS.get(one, one) for one in facts.features))
    target = _class_of(facts, python)
    title = facts.model or facts.cpu_name or facts.machine
    clusters = _clusters(facts)
    day = datetime.now(timezone.utc).date().isoformat()
    out = [
        "# Written by `edgeattn devices probe`; what a board cannot say of itself is left out.\n",
        *_pairs(
            name=_slug(title), title=title, aliases=[], soc=facts.cpu_name or title,
            targets=[target], engine=_engine(python),
            threads=max(1, min(4, clusters[0]["count"] if clusters else facts.cores or 1)),
        ),
        "\n[sources]\n",
        *_pairs(board=f"asked of the board itself on {day}: {facts.system}"),
        *_pairs(run=f"measured on the board on {day} by edgeattn/devices/on_board.py"),
        *_table("[cpu]", features=[one for one in features if one in OF_INTEREST]),
    ]  # fmt: skip
    for cluster in clusters:
        out += _table("[[cluster]]", **cluster)
    if facts.memory_bytes:
        size = round(facts.memory_bytes / 1e9, 2)
        out += _table("[memory]", kind="as the system sees it", sizes_gb=[size])
    out += _table(
        "[[bandwidth]]", "run", gb_per_s=round(roofs["memcpy_gb_per_s"], 2),
        what=f"measured, memcpy of {roofs['memcpy_mib']:.0f} MiB, one core, read and written",
        year=int(day[:4]),
    )  # fmt: skip
    out += _peaks(facts, clusters, features, roofs)
    out += _table(
        "[[system]]", name=facts.distribution or facts.system, python=python.short,
        **({"glibc": "{}.{}".format(*python.glibc)} if python.glibc else {}),
    )  # fmt: skip
    return "".join(out)


def _peaks(
    facts: BoardFacts,
    clusters: list[dict[str, Any]],
    features: tuple[str, ...],
    roofs: Mapping[str, Any],
) -> list[str]:
    """Return measured peaks where the cores' own are in no table of ours."""
    gops = roofs.get("sgemm_gops_per_s")
    if gops is None or any(one["core"] in cores() and "clock_mhz" in one for one in clusters):
        return []
    what = f"measured, a float32 product of 384 x 384 by NumPy {roofs['numpy']}, one core"
    times = 4 if {"avx512_vnni", "avx_vnni", "dotprod"} & set(features) else 2
    why = f"derived: {times} x the float32 peak, as one instruction does {times} times the products"
    if times == 2:
        why = "derived: 2 x the float32 peak, as int8 products are summed in int16 or int32"
    return [
        *_table("[[peak]]", "run", precision="fp32", gops_per_s=round(gops, 2), what=what),
        *_table(
            "[[peak]]", "run", why,
            precision="int8", gops_per_s=round(times * gops, 2), what=what,
        ),
    ]  # fmt: skip


def _clusters(facts: BoardFacts) -> list[dict[str, Any]]:
    """Return the cores by kind and clock, fastest first."""
    count = max(len(facts.cpu_parts), facts.cores or 1)
    parts = facts.cpu_parts or (None,) * count
    clocks = (*facts.clocks_khz, *(None,) * len(parts))
    found: dict[tuple[str, float | None], int] = {}
    for part, khz in zip(parts, clocks, strict=False):
        name = facts.cpu_name or facts.machine
        if part is not None:
            name = ARM_CORES.get(part, f"ARM part {part:#x}")
        key = name, None if khz is None else khz / 1000
        found[key] = found.get(key, 0) + 1
    ordered = sorted(found.items(), key=lambda one: -(one[0][1] or 0))
    return [
        {"core": name, "count": how_many, **({"clock_mhz": clock} if clock else {})}
        for (name, clock), how_many in ordered
    ]


def _class_of(facts: BoardFacts, python: Interpreter) -> str:
    if facts.machine in ("aarch64", "arm64") and python.bits == 32:
        return "arm32"
    found = cpu_class(facts.machine, facts.features)
    if found == "other":
        raise BadEnvironment(
            f"a {facts.machine} is none of the CPUs that this package writes for: x86, ARM"
        )
    return found


def _engine(python: Interpreter) -> str:
    installed = [one for one in PREFERRED if one in python.engines]
    return (installed or [PREFERRED[0] if python.version >= (3, 9) else PREFERRED[1]])[0]


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "board"


def _table(head: str, *source: str, **values: Any) -> list[str]:
    return [f"\n{head}\n", *_pairs(**values, source=list(source or ("board",)))]


def _pairs(**values: Any) -> list[str]:
    """Return lines of TOML; its strings, numbers and lists are those of JSON."""
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items()]
