"""Progress on a terminal: one line that moves, and is gone at the end.

It is drawn only when something is reported, never by a thread of its own: a thread would wake up
in the middle of a measurement.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

REDRAW_S = 0.1  # the eye follows no faster


@contextmanager
def draw_progress(
    console: Console | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[str, float], None]]:
    """Yield `report(step, share)`: what is being done now, and how much of the whole is done."""
    console = console or Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=32), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as drawing:
        task = drawing.add_task("starting", total=1.0)
        drawn_at = clock()

        def report(step: str, share: float) -> None:
            nonlocal drawn_at
            # A share never runs backwards on screen, whatever the steps say.
            done = max(drawing.tasks[0].completed, min(max(share, 0.0), 1.0))
            drawing.update(task, description=escape(step), completed=done)
            if clock() - drawn_at >= REDRAW_S:
                drawing.refresh()
                drawn_at = clock()

        drawing.refresh()
        yield report
