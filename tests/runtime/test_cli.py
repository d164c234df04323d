from __future__ import annotations

import pytest

from edgeattn_runtime.cli import main


@pytest.mark.parametrize("command", ["check", "bench", "run", "info"])
def test_every_command_ends_well_on_a_sound_bundle(command, bundle_path, capsys):
    extra = ["--iterations", "5", "--warmup", "1"] if command == "bench" else []
    code = main([command, str(bundle_path), *extra])
    shown = capsys.readouterr()
    print(shown.out, shown.err)
    assert code == 0
    assert shown.err == ""
