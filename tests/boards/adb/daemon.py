"""A phone for the real adb client: adb's daemon over TCP, a real shell behind it.

    with Daemon(home=folder) as phone, AdbClient(folder, phone) as adb: ...

It can be unauthorised, like a phone that nobody unlocked, and lose its line at any moment.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
from collections.abc import Mapping
from pathlib import Path

from tests.boards.adb.shell import serve_shell
from tests.boards.adb.stream import ClosedError, Stream
from tests.boards.adb.sync import serve_sync
from tests.boards.adb.wire import LARGEST_PAYLOAD, VERSION, Message, receive

TOKEN = 1  # of AUTH: sign this
FEATURES = "shell_v2,cmd"
BANNER = "device::ro.product.name=edge;ro.product.model=Edge_Phone;ro.product.device=edge;features="


class Daemon:
    """An adb daemon on a port of this machine.

    Args:
        home: The folder that commands start in, and that plays `/` for push and pull.
        authorised: Whether the user has accepted this computer's key.
        features: What it can do; without "shell_v2" it is older than Android 7.
        variables: The environment of its commands.
    """

    def __init__(
        self,
        home: Path,
        *,
        authorised: bool = True,
        features: str = FEATURES,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._home, self._authorised, self._features = home, authorised, features
        usual = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home)}
        self._variables = {**usual, **(variables or {})}
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._lines: list[socket.socket] = []
        self.received = 0  # bytes of payload, all streams together
        self.cut_after: int | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def serial(self) -> str:
        """How adb calls it."""
        return f"127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Pull the cable: all lines end, and no new one is taken."""
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *fault: object) -> None:
        self.cut()

    def _accept(self) -> None:
        """Take lines until the server closes."""
        while True:
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            self._lines.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        """Answer one line's messages until it ends."""
        sending = threading.Lock()
        streams: dict[int, Stream] = {}

        def send(message: Message) -> None:
            with sending, contextlib.suppress(OSError):  # a cut line: its reader notices
                line.sendall(message.packed())

        while (message := receive(line)) is not None:
            self.received += len(message.payload)
            if self.cut_after is not None and self.received > self.cut_after:
                self.cut()
            elif message.command == b"CNXN" and self._authorised:
                banner = f"{BANNER}{self._features}".encode()
                send(Message(b"CNXN", VERSION, LARGEST_PAYLOAD, banner))
            elif message.command == b"CNXN":
                send(Message(b"AUTH", TOKEN, 0, secrets.token_bytes(20)))
            elif message.command == b"AUTH":  # a signature of a key nobody accepted: ask again
                if message.first == 2:
                    send(Message(b"AUTH", TOKEN, 0, secrets.token_bytes(20)))
            elif message.command == b"OPEN":
                stream = Stream(len(streams) + 1, message.first, send)
                streams[stream.own] = stream
                send(Message(b"OKAY", stream.own, stream.other))
                words = (stream, message.payload.rstrip(b"\0").decode(), send)
                threading.Thread(target=self._open, args=words, daemon=True).start()
            elif message.second in streams:
                stream = streams[message.second]
                if message.command == b"WRTE":
                    stream.arrive(message.payload)
                elif message.command == b"OKAY":
                    stream.confirm()
                elif message.command == b"CLSE":
                    stream.end()
        for stream in streams.values():
            stream.end()

    def _open(self, stream: Stream, service: str, send) -> None:
        """Run the service a stream was opened for."""
        kind, _, words = service.partition(":")
        with contextlib.suppress(ClosedError):
            if kind.startswith("shell,v2"):
                serve_shell(stream, words, self._home, self._variables)
            elif kind == "sync":
                serve_sync(stream, self._home)
        if not stream.closed.is_set():
            send(Message(b"CLSE", stream.own, stream.other))
