"""A line to a server that breaks where a test wants it to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


class Cable:
    """Passes requests on, one connection each. `cuts` says of the next answers how many bytes of each
    arrive before the line breaks; answers after those arrive whole."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._there = (str(parts.hostname), int(parts.port or 80))
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.cuts: list[int] = []
        self.requests: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            with near:
                self._pass_on(near)

    def _pass_on(self, near: socket.socket) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += near.recv(65536)
        head, _, body = asked.partition(b"\r\n\r\n")
        self.requests.append(head.split(b"\r\n")[0].decode().removesuffix(" HTTP/1.1"))
        named = [one for one in head.lower().split(b"\r\n") if one.startswith(b"content-length:")]
        length = int(named[0].partition(b":")[2]) if named else 0
        while len(body) < length:
            body += near.recv(65536)
        left = self.cuts.pop(0) if self.cuts else None
        with socket.create_connection(self._there) as far:
            far.sendall(head + b"\r\n\r\n" + body)
            while piece := far.recv(65536):
                near.sendall(piece if left is None else piece[:left])
                if left is not None and (left := left - len(piece)) <= 0:
                    return

    def close(self) -> None:
        self._door.close()


@contextmanager
def cable(url: str) -> Iterator[Cable]:
    laid = Cable(url)
    yield laid
    laid.close()
