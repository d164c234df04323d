"""Where the run history lies."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from edgeattn.data.named import data_home

VARIABLE = "EDGEATTN_RUNS"
FILE = "runs.sqlite"


def history_path(environment: Mapping[str, str] | None = None) -> Path:
    """Return EDGEATTN_RUNS, or runs.sqlite in the user's data folder.

    EDGEATTN_DATA does not move it: data sets may lie on a disk that is shared or read-only.
    """
    found = dict(os.environ if environment is None else environment)
    if named := found.get(VARIABLE):
        return Path(named).expanduser()
    return (
        data_home({name: value for name, value in found.items() if name != "EDGEATTN_DATA"}) / FILE
    )
