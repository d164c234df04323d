"""Headless Chromium, driven through a pipe: no driver package, no port.

`--remote-debugging-pipe` speaks the DevTools protocol on file descriptors 3 and 4, one JSON message
after the other, each ended by a zero byte.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# WebGPU on the processor (SwiftShader), as root, without a screen.
FLAGS = (
    "--headless=new", "--no-sandbox", "--no-first-run", "--disable-dev-shm-usage",
    "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan",
    "--force-color-profile=srgb", "--hide-scrollbars", "--remote-debugging-pipe", "about:blank",
)  # fmt: skip
# A program that becomes another one, with two of its files under the numbers that Chromium wants.
NUMBERED = """
import fcntl, os, sys
read, write = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(read, 3)
os.dup2(write, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
ANSWER_S = 300  # SwiftShader compiles shaders for seconds, on a busy machine for minutes


def program() -> str | None:
    """Return Chromium's path, None where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)


class Page:
    """One page of a browser."""

    def __init__(self, to: int, answers: int, folder: Path) -> None:
        self._to, self._from, self._folder = to, answers, folder
        self._rest = b""
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self.said: list[str] = []

    def open(self, width: int = 1000, height: int = 700) -> None:
        """Attach to the page that is there."""
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        attached = self.ask("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "DOM"):
            self.ask(f"{domain}.enable")
        self.resize(width, height)

    def resize(self, width: int, height: int, scale: float = 1) -> None:
        """Give the page a size in CSS pixels."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=width < 600,
        )  # fmt: skip

    def visit(self, address: str) -> None:
        """Load an address and wait until it is loaded."""
        self.ask("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def until(self, expression: str) -> None:
        """Wait until an expression of JavaScript is true."""
        end = time.monotonic() + ANSWER_S
        while time.monotonic() < end:
            if self.evaluate(f"Boolean({expression})"):
                return
            time.sleep(0.2)
        raise TimeoutError(f"{expression} stays false; the page said {self.said[-5:]}")

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression; a promise's when it is one."""
        answer = self.ask(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:1000])
        return answer["result"].get("value")

    def choose(self, selector: str, file: Path) -> None:
        """Choose a file as a user does."""
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", nodeId=node, files=[str(file)])

    def screenshot(self) -> bytes:
        """Return the page as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])

    def ask(self, method: str, **params: Any) -> Any:
        """Send a command and return its result; what the page logs meanwhile is kept."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + ANSWER_S
        while True:
            answer = self._next(end)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            if answer.get("method") in ("Runtime.consoleAPICalled", "Log.entryAdded"):
                self.said.append(json.dumps(answer["params"])[:500])
            elif answer.get("method") == "Runtime.exceptionThrown":
                self.said.append(json.dumps(answer["params"])[:1000])

    def _next(self, end: float) -> Any:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], max(0.0, end - time.monotonic()))
            got = os.read(self._from, 1 << 20) if ready else b""
            if not got:
                log = (self._folder / "log").read_text(errors="replace")[-1000:]
                raise TimeoutError(f"Chromium does not answer; it said: {log}")
            self._rest += got
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)


@contextlib.contextmanager
def page(folder: Path) -> Iterator[Page]:
    """Start Chromium with a profile of its own in `folder`; it ends with the block."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    words = [sys.executable, "-c", NUMBERED, str(to_read), str(from_write)]
    words += [program() or "chromium", f"--user-data-dir={folder}", *FLAGS]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, pass_fds=(to_read, from_write), stderr=log, stdout=log)
    os.close(to_read)
    os.close(from_write)
    try:
        opened = Page(to_write, from_read, folder)
        opened.open()
        yield opened
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(to_write)
        os.close(from_read)
