import json
import re
import subprocess
import sys
from pathlib import Path

import edgeattn.devices.on_board as on_board

SOURCE = Path(on_board.__file__)


def test_the_fastest_run_counts(monkeypatch):
    # The first run is not timed; the next three take 3, 1 and 2 seconds of a clock of our own.
    clock = iter([0.0, 0.0, 0.0, 3.0, 3.0, 3.0, 4.0, 4.0, 4.0, 6.0, 9.0])
    monkeypatch.setattr(on_board.time, "perf_counter", lambda: next(clock))
    assert on_board.fastest_s(lambda: None, seconds=5.0) == 1.0


def test_a_copy_has_a_bandwidth():
    assert on_board.memcpy_gb_per_s(size=1 << 16, seconds=0.0) > 0


def test_more_is_copied_than_the_caches_hold_and_less_than_the_memory(tmp_path):
    for index, size in enumerate(("48K", "2048K", "20M")):
        (tmp_path / f"index{index}").mkdir()
        (tmp_path / f"index{index}" / "size").write_text(f"{size}\n")
    assert on_board.beyond_cache_bytes(str(tmp_path)) == 40 << 20
    assert on_board.beyond_cache_bytes(str(tmp_path / "none")) == on_board.COPY_BYTES


def test_a_product_has_a_rate():
    rate = on_board.sgemm_gops_per_s(side=16, seconds=0.0)
    assert rate is not None
    assert rate > 0


def test_without_numpy_there_is_no_rate(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert on_board.sgemm_gops_per_s() is None
    assert on_board.numpy_version() is None


def test_sent_as_text_it_answers_with_one_object_and_needs_nothing_of_ours():
    text = SOURCE.read_text(encoding="utf-8").replace("SECONDS = 1.0", "SECONDS = 0.0")
    done = subprocess.run(
        [sys.executable, "-I", "-"], input=text, capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout)
    assert set(answer) == {"memcpy_gb_per_s", "memcpy_mib", "sgemm_gops_per_s", "numpy"}
    assert answer["memcpy_gb_per_s"] > 0


def test_it_imports_nothing_but_the_standard_library_and_numpy():
    imported = re.findall(r"^ *(?:import|from) (\w+)", SOURCE.read_text(encoding="utf-8"), re.M)
    assert set(imported) - {"numpy", "__future__"} <= sys.stdlib_module_names
