"""Hold a file against the golden vectors with the library and without it: the board's side.

fused_parity.py BUNDLE FILE      prints two objects, {"kernels": ..., "sqnr_db": ..., ...}
"""

from __future__ import annotations

import json
import os
import sys

from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.parity import check_parity
from edgeattn_runtime.session import open_session


def main():
    bundle, name = open_bundle(sys.argv[1]), sys.argv[2]
    found = []
    for wish in ("", "off"):  # which the runtime asks for when it opens a file
        os.environ["EDGEATTN_KERNELS"] = wish
        session = open_session(bundle.path / name, threads=1)
        parity = check_parity(session, bundle.golden(), name)
        one = {"kernels": session.kernels, "passed": parity.passed, "sqnr_db": parity.sqnr_db}
        found.append(one)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
