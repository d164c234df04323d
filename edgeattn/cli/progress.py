"""Progress on a terminal: one line that moves, and is gone at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def draw_progress(console: Console | None = None) -> Iterator[Callable[[str, float], None]]:
    """Yield `report(step, share)`: what is being done now, and how much of the whole is done."""
    console = console or Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=32), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as drawing:
        task = drawing.add_task("starting", total=1.0)

        def report(step: str, share: float) -> None:
            # A share never runs backwards on screen, whatever the steps say.
            done = max(drawing.tasks[0].completed, min(max(share, 0.0), 1.0))
            drawing.update(task, description=step.replace("[", r"\["), completed=done)

        yield report
