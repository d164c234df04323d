from pathlib import Path

from edgeattn import quickstart as module
from edgeattn.models.catalog import ZOO


def test_the_quickstart_converts_the_zoos_own_model(monkeypatch):
    asked = []
    monkeypatch.setattr(
        module, "convert", lambda *words, **settings: asked.append((words, settings))
    )
    progress = print
    module.quickstart(Path("b"), progress, force=True)
    assert asked == [((module.MODEL,), {"out": Path("b"), "progress": progress, "force": True})]
    assert ZOO[module.MODEL].dataset == "gestures"  # embedded: nothing to fetch
