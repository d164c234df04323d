import io
import threading

import pytest
from rich.console import Console

from edgeattn.cli.progress import REDRAW_S, draw_progress


class Clock:
    """Time that passes only when told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def screen():
    return Console(file=io.StringIO(), force_terminal=True, width=80)


def text(screen):
    return screen.file.getvalue()


def test_what_is_reported_is_drawn(screen):
    clock = Clock()
    with draw_progress(screen, clock) as report:
        clock.now += REDRAW_S
        report("calibrating", 0.5)
        assert "calibrating" in text(screen)


def test_a_report_too_soon_after_the_last_costs_no_drawing(screen):
    with draw_progress(screen, Clock()) as report:
        report("calibrating", 0.5)
        assert "calibrating" not in text(screen)


def test_no_thread_disturbs_a_measurement(screen):
    before = threading.active_count()
    with draw_progress(screen, Clock()) as report:
        report("measuring", 0.5)
        assert threading.active_count() == before


def test_brackets_in_a_name_are_no_markup(screen):
    clock = Clock()
    with draw_progress(screen, clock) as report:
        clock.now += REDRAW_S
        report("reading [bold]photos[/bold]", 0.5)
        assert "[bold]photos[/bold]" in text(screen)
