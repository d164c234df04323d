"""What a kit has to say of files that were measured with edgeattn-kernels: no kit carries it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from edgeattn.embed.kit import Kit
from edgeattn_runtime.bundle import Bundle

LARGEST_REPORT_BYTES = 16 << 20


def library_note(bundle: Bundle, kit: Kit) -> str | None:
    """Return one sentence for each such file of a kit, or None where there is none.

    Told by the bundle's report.json; without one nothing is known.
    """
    names = {file.name for file in kit.files}
    notes = [
        f"{one['file']} was measured with edgeattn-kernels, which this kit does not carry: "
        f"{_speeds(one)}. "
        for one in _candidates(bundle)
        if one.get("kernels") and str(one.get("file")) in names
    ]
    if not notes:
        return None
    return "".join(notes) + (
        "Converted with EDGEATTN_KERNELS=off, a bundle holds what is fastest without the library."
    )


def _speeds(one: Mapping[str, Any]) -> str:
    given, alone = one.get("speedup_vs_fp32"), one.get("speedup_without_kernels")
    if not isinstance(given, float) or not isinstance(alone, float):
        return "expect less speed than its report says"
    return f"expect {alone:.2f}x its fp32 and not {given:.2f}x"


def _candidates(bundle: Bundle) -> list[Mapping[str, Any]]:
    path = bundle.path / "report.json"
    try:
        if path.stat().st_size > LARGEST_REPORT_BYTES:
            return []
        found = json.loads(path.read_text(encoding="utf-8")).get("candidates")
    except (OSError, ValueError, AttributeError, RecursionError):
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
