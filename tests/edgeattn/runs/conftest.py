import pytest

from edgeattn.runs.history import append_run


@pytest.fixture
def history(tmp_path, monkeypatch):
    """A history of its own: a path that does not exist yet."""
    path = tmp_path / "folder" / "runs.sqlite"
    monkeypatch.setenv("EDGEATTN_RUNS", str(path))
    return path


@pytest.fixture
def record(history):
    """Append a report with one measured candidate and return its number."""

    def append(p50=2.0, *, model="tiny", machine="Raspberry Pi 5", device="local", **changes):
        context = {"machine": machine, "threads": 1, **changes.pop("context", {})}
        one = {"engine": "onnxruntime", "precision": "int8", "latency_ms": {"p50": p50}}
        report = {
            "created": "2026-01-02T03:04:05+00:00",
            "model": {"name": model},
            "context": context,
            "candidates": [{**one, **changes}],
            "verdict": {"winner": None, "passed": True, "reason": "", "gates": {}},
        }
        return append_run(report, "bench", device)

    return append
