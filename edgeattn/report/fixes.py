"""What `edgeattn lint --fix` did, for a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeattn.fixing import Fixed

WIDTH = 100  # columns


def render_fixed(fixed: Fixed) -> str:
    """Return what was changed, rule by rule, and how far the numbers moved."""
    if fixed.out is None:
        if not fixed.linted.convertible and not fixed.inputs:
            return "Nothing was written."
        return "Nothing to fix: no file was written."
    lines = [f"Fixed, in {fixed.out}:"]
    for finding in fixed.changes:
        times = f" (x{finding.count})" if finding.count > 1 else ""
        lines.append(
            textwrap.fill(
                f"{finding.rule}: {finding.op}{times}, {finding.why}",
                WIDTH,
                initial_indent="  ",
                subsequent_indent="      ",
            )
        )
    lines.append(
        f"Largest difference to the model as it was: {fixed.difference:.1e} of the largest output, "
        f"on {fixed.inputs}."
    )
    return "\n".join(lines)
