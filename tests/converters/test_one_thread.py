from __future__ import annotations

import pytest
import torch

from edgeattn_converters.one_thread import one_thread


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_one_thread_inside_and_as_many_as_before_behind_it() -> None:
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_an_error_inside_changes_nothing() -> None:
    with pytest.raises(ValueError, match="inside"), one_thread():
        raise ValueError("inside")
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_it_decorates_a_function_more_than_once() -> None:
    @one_thread()
    def threads() -> int:
        return torch.get_num_threads()

    assert (threads(), threads(), torch.get_num_threads()) == (1, 1, 2)
