"""Rows of the zoo's report that were made up, for its tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmarks.zoo_row import EngineRow, ModelRow

ENGINE = EngineRow(
    engine="onnxruntime", exit_code=0, reason="is the fastest", recommended="int8",
    recipe="int8-core", parity=True, fp32_bytes=400_000, int8_bytes=100_000, fp32_ms=1.0,
    int8_ms=0.5, speedup=2.0, speedup_interval=(1.9, 2.1), accuracy=0.98, drop_pp=0.5,
    drop_interval_pp=(-0.4, 1.4), top1_agreement=0.995, sqnr_db=35.0, int8_mac_share=0.9,
    held_back_samples=400, held_back_drop_pp=0.25, held_back_interval_pp=(-0.5, 0.99),
    held_back_agreement=0.9975,
)  # fmt: skip


def row(**changes: Any) -> ModelRow:
    facts: dict[str, Any] = {
        "name": "gesture-hybrid", "dataset": "gestures", "baseline_for": None, "params": 437_866,
        "macs": 37_061_888, "checkpoint_bytes": 1_794_675, "checkpoint_sha256": "ab" * 32,
        "shipped": True, "right": 197, "test_samples": 200, "fingerprint": "0123456789abcdef",
        "created": "2026-11-21", "cpu": "Cortex-A76", "cpu_class": "arm64", "disturbed": (),
        "engines": (ENGINE, replace(ENGINE, engine="ai-edge-litert")),
    }  # fmt: skip
    return ModelRow(**(facts | changes))
