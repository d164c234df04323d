from __future__ import annotations

import pytest

from benchmarks.child import run


def test_a_child_is_timed_and_its_output_kept() -> None:
    ran = run("-c", "import time; time.sleep(0.2); print('done')")
    assert ran.output == "done\n"
    assert ran.seconds >= 0.2


NESTED = "from benchmarks.child import run; print(run('-c', {!r}).peak_rss_mb)"
HUNGRY = (
    "import subprocess, sys; "
    "subprocess.run([sys.executable, '-c', 'bytearray(b\\'1\\') * 300_000_000'], check=True)"
)


def test_the_peak_memory_is_that_of_the_largest_process() -> None:
    # Under this large process a child would report what its parent had: so from a small one.
    small, large = (float(run("-c", NESTED.format(code)).output) for code in ("pass", HUNGRY))
    assert small < 100
    assert 300 <= large < 400


def test_edgeattn_is_on_the_path() -> None:
    assert run("-c", "import edgeattn_runtime; print(edgeattn_runtime.__name__)").output.strip()


def test_a_child_that_fails_is_an_error_with_its_words() -> None:
    with pytest.raises(RuntimeError, match=r"ended with 1.*no such thing"):
        run("-c", "raise SystemExit('no such thing')")
