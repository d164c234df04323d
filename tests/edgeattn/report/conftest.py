"""A small report as `edgeattn convert` writes it."""

from __future__ import annotations

from typing import Any

import pytest


def candidate(**facts: Any) -> dict[str, Any]:
    """Return a fully measured int8 candidate, changed by `facts`."""
    return {
        "engine": "onnx",
        "precision": "int8",
        "recipe": "int8",
        "file": "model_int8.onnx",
        "bytes": 412_331,
        "int8_weight_share": 0.993,
        "int8_mac_share": 0.961,
        "accuracy": 0.943,
        "accuracy_drop_pp": 0.33,
        "accuracy_interval_pp": [-0.67, 1.33],
        "top1_agreement": 0.99,
        "sqnr_db": 31.2,
        "latency_ms": {"p50": 1.93, "p90": 2.05, "p95": 2.1, "p99": 2.34, "n": 200},
        "peak_rss_mb": 49.7,
        "speedup_vs_fp32": 2.13,
        "speedup_interval": [2.05, 2.21],
        "stock": False,
        "note": None,
        **facts,
    }


def fp32(**facts: Any) -> dict[str, Any]:
    """Return the float candidate beside it."""
    return candidate(
        **{
            "precision": "fp32",
            "recipe": None,
            "file": "model_fp32.onnx",
            "bytes": 1_347_211,
            "accuracy": 0.947,
            "accuracy_drop_pp": 0.0,
            "accuracy_interval_pp": [0.0, 0.0],
            "latency_ms": {"p50": 4.12, "p90": 4.3, "p95": 4.4, "p99": 4.99, "n": 200},
            "peak_rss_mb": 58.2,
            "speedup_vs_fp32": 1.0,
            **facts,
        }
    )


def report(**parts: Any) -> dict[str, Any]:
    """Return a whole report, changed by `parts`."""
    return {
        "schema_version": 1,
        "edgeattn_version": "0.1.0",
        "created": "2026-11-21T13:30:00Z",
        "model": {"name": "hybrid_64", "params": 331_234, "macs": 28_123_456},
        "context": {
            "machine": "x86_64",
            "cpu": "Intel(R) Xeon(R) Processor",
            "features": ["avx2", "avx512_vnni"],
            "cores": 2,
            "threads": 1,
            "governor": None,
            "engine": "onnxruntime",
            "engine_version": "1.31.1",
        },
        "candidates": [fp32(), fp32(stock=True, file=None), candidate()],
        "verdict": {
            "winner": "model_int8.onnx",
            "passed": True,
            "reason": "fastest within the gates",
            "gates": {"max_drop_pp": 1.0, "min_speedup": None},
        },
        "layers": [
            {"name": "stem", "op": "conv2d", "sqnr_db": 41.0, "kept_float": False, "reason": None},
            {
                "name": "attention.softmax",
                "op": "softmax",
                "sqnr_db": None,
                "kept_float": True,
                "reason": "slower in int8 on this engine",
            },
            {"name": "head", "op": "linear", "sqnr_db": 18.0, "kept_float": False, "reason": None},
        ],
        **parts,
    }


@pytest.fixture(name="candidate")
def candidate_builder():
    return candidate


@pytest.fixture(name="fp32")
def fp32_builder():
    return fp32


@pytest.fixture(name="report")
def report_builder():
    return report
