"""The baseline on sentences a child could sort; needs scikit-learn (extra `baselines`)."""

from __future__ import annotations

import builtins
import json
from typing import Any

import pytest

from benchmarks import text_baseline
from benchmarks.text_baseline import FEATURES, accuracy, classifier
from edgeattn_runtime.errors import BadEnvironment


@pytest.mark.parametrize("features", FEATURES)
def test_every_kind_of_features_is_measured(features: str, tmp_path, monkeypatch) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.setenv("EDGEATTN_DATA", str(tmp_path))
    (tmp_path / "clinc150").mkdir()
    pairs = [[f"{verb} it {word}", verb] for verb in ("pay", "call") for word in ["now", "soon"]]
    content = dict.fromkeys(("train", "val", "test"), pairs)
    (tmp_path / "clinc150" / "data_full.json").write_text(json.dumps(content))
    row = text_baseline.measure("clinc150", features)
    assert (row.train, row.both, row.tested) == (1.0, 1.0, 4)
    assert row.numbers > 5


def test_accuracy_is_the_share_that_agrees() -> None:
    assert accuracy(["a", "b", "c", "d"], ["a", "b", "c", "x"]) == 0.75


def test_without_scikit_learn_it_says_what_to_install(monkeypatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(BadEnvironment, match=r"edgeattn\[baselines\]"):
        classifier("words")
