from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeattn.audit import finish as module
from edgeattn.audit.export import Exported
from edgeattn.audit.finish import finish
from edgeattn.audit.fit import Fit
from edgeattn.audit.material import Material
from edgeattn.audit.record import Record
from edgeattn.audit.sizing import Sized
from tests.edgeattn.audit.conftest import INT8


@pytest.fixture
def fit(material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fit:
    def fake(model: Any, material: Material, **others: Any) -> Exported:
        right = np.ones(len(material.test), bool)
        others["progress"]("converting", 0.5)
        return Exported(dict(INT8), None, right, right)

    monkeypatch.setattr(module, "export", fake)
    sized = Sized("hybrid", 16, 12, macs=1000, params=10)
    return Fit(sized, material, seed=0, folder=tmp_path / "out" / "hybrid")


def test_a_candidate_gets_all_its_epochs_and_is_kept(fit: Fit, tmp_path: Path) -> None:
    record = Record(tmp_path / "out", {}, epochs=3)
    found = finish(fit, record, formats=("onnx",), say=lambda title, share: None)
    assert (found.family, found.epochs, found.accuracy) == ("hybrid", 3, 1.0)
    kept = record.finished("hybrid")
    assert kept is not None
    assert kept.to_json() == found.to_json()
    assert not (tmp_path / "out" / "hybrid" / "training.pt").exists()


def test_progress_rises_from_the_first_epoch_to_the_file(fit: Fit, tmp_path: Path) -> None:
    said: list[tuple[str, float]] = []
    record = Record(tmp_path / "out", {}, epochs=2)
    finish(fit, record, formats=("onnx",), say=lambda *words: said.append(words))
    assert said[0] == ("hybrid: epoch 1 of 2", pytest.approx(0.4))
    assert said[-1] == ("hybrid: converting", pytest.approx(0.9))
    assert [share for _, share in said] == sorted(share for _, share in said)
