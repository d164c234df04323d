"""A board for the tests of a module: started once, ended with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.boards.board import Board, booted
from tests.boards.models import BoardModel


@pytest.fixture(scope="module")
def board(request: pytest.FixtureRequest) -> Iterator[Board]:
    """Start the board that the module names; a test that fails shows what its kernel said."""
    model: BoardModel = request.param
    failed = request.session.testsfailed
    with booted(model) as running:
        yield running
        if request.session.testsfailed > failed:
            request.config.get_terminal_writer().write(f"\n{model.title}: {running.said()}\n")
