from pathlib import Path

from edgeattn.runs.place import history_path


def test_the_history_lies_in_the_users_data_folder():
    assert history_path({"XDG_DATA_HOME": "/x"}) == Path("/x/edgeattn/runs.sqlite")


def test_one_variable_puts_it_elsewhere():
    assert history_path({"EDGEATTN_RUNS": "/r/mine.sqlite", "XDG_DATA_HOME": "/x"}) == Path(
        "/r/mine.sqlite"
    )


def test_the_folder_of_the_data_sets_does_not_move_it():
    found = history_path({"EDGEATTN_DATA": "/shared", "XDG_DATA_HOME": "/x"})
    assert found == Path("/x/edgeattn/runs.sqlite")
