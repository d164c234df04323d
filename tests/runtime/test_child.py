from __future__ import annotations

import pytest

from edgeattn_runtime import child
from edgeattn_runtime.child import measure_in_child
from edgeattn_runtime.errors import BadEnvironment


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module beside which the child looks, and return what runs it."""

    def run(source: str):
        package = tmp_path / "measured"
        package.mkdir()
        (package / "child.py").touch()
        (tmp_path / "one.py").write_text(source)
        monkeypatch.setattr(child, "__file__", str(package / "child.py"))
        return measure_in_child("one", ["-x", "5"], what="the size of a thing")

    return run


def test_what_the_child_prints_comes_back(module):
    source = "import json, sys\ndef main():\n    print(json.dumps(sys.argv[1:]))\n"
    assert module(source) == ["-x", "5"]


def test_the_last_words_of_a_child_are_told(module):
    with pytest.raises(BadEnvironment, match="measures the size of a thing ended with 1: KeyError"):
        module("def main():\n    raise KeyError\n")


def test_a_child_that_was_killed_is_told(module):
    source = "import os\ndef main():\n    os.kill(os.getpid(), 9)\n"
    with pytest.raises(BadEnvironment, match="ended with -9: without a word; was it killed"):
        module(source)


def test_a_child_that_never_ends_is_told(module, monkeypatch):
    monkeypatch.setattr(child, "TIMEOUT_S", 0.5)
    with pytest.raises(BadEnvironment, match=r"cannot measure the size of a thing: .* timed"):
        module("import time\ndef main():\n    time.sleep(60)\n")
