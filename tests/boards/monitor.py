"""QEMU's monitor: pull the board's network cable, press its reset button.

Protocol: QMP, one JSON object a line (QEMU, docs/interop/qmp-spec.rst).
"""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

ANSWER_S = 30


class Monitor:
    """An open connection to the monitor of one emulated board."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_S)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("r", encoding="utf-8")
        self._lines.readline()  # the greeting
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: Any) -> Any:
        """Give one command and return its answer."""
        request = {"execute": command, "arguments": arguments}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:  # events come in between
            answer = json.loads(self._lines.readline())
            if "error" in answer:
                raise RuntimeError(f"QEMU refuses {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def set_cable(self, *, plugged: bool) -> None:
        """Plug or pull the network cable: what was sent meanwhile is lost."""
        self.ask("set_link", name="net", up=plugged)

    def reset(self) -> None:
        """Press the reset button."""
        self.ask("system_reset")

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()
