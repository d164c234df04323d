"""How `convert` and `quickstart` end: the report, where the bundle is, and the exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from edgeattn.cli.voice import Voice

if TYPE_CHECKING:
    from edgeattn.conversion import Conversion


def end_with(conversion: Conversion, voice: Voice) -> None:
    """Print the report of a conversion; exit 0 when its gates hold, 1 when not."""
    from edgeattn.report.terminal import render_text

    if (
        conversion.bundle is None
    ):  # a dry run has measured nothing; its reason says what it would do
        voice.result(conversion.report, str(conversion.report["verdict"]["reason"]))
    else:
        voice.result(conversion.report, render_text(conversion.report))
        voice.note(f"\nBundle: {conversion.bundle}\nReport: {conversion.bundle / 'report.html'}")
    for warning in conversion.warnings:
        voice.note(f"Warning: {warning}")
    sys.exit(0 if conversion.passed else 1)
