"""A small hub: repositories, commits, and the endpoints that huggingface_hub needs to push to them."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_of-the-worker-alone-0123456789"


class Hub(ThreadingHTTPServer):
    """`commits` counts those of all repositories; files stand by repository and path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, str] = {}
        self.commits = 0
        self.is_down = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def sha(self) -> str:
        return f"{self.commits:040x}"


@contextmanager
def a_hub() -> Iterator[Hub]:
    """A running hub, gone at the end."""
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, {"error": "Invalid credentials"})
            return
        self._answer(200, {"id": self.path.removeprefix("/api/models/"), "sha": self.server.sha})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = self.headers.get("Authorization", "")
        if told != f"Bearer {TOKEN}":
            self._answer(401, {"error": f"Invalid credentials: {told}"})
        elif self.path == "/api/repos/create":
            self._create(json.loads(body))
        elif self.path == "/api/validate-yaml":
            self._answer(200, {"warnings": [], "errors": []})
        elif "/preupload/" in self.path:
            self._look(json.loads(body))
        elif self.server.is_down:
            self._answer(500, {"error": "out of order"})
        else:
            self._commit([json.loads(line) for line in body.splitlines()])

    @property
    def _repository(self) -> str:
        return "/".join(self.path.split("/")[3:5])

    def _create(self, wish: dict[str, Any]) -> None:
        name = f"{wish['organization']}/{wish['name']}"
        is_there = name in self.server.files
        self.server.files.setdefault(name, {})
        self.server.private.setdefault(name, wish.get("visibility", ""))
        self._answer(409 if is_there else 200, {"url": f"{self.server.url}/{name}"})

    def _look(self, wish: dict[str, Any]) -> None:
        there = self.server.files[self._repository]
        files = [
            {
                "path": one["path"],
                "uploadMode": "regular",
                "shouldIgnore": False,
                "oid": _oid(there[one["path"]]) if one["path"] in there else None,
            }
            for one in wish["files"]
        ]
        self._answer(200, {"files": files})

    def _commit(self, lines: list[dict[str, Any]]) -> None:
        there = self.server.files[self._repository]
        for line in lines:
            if line["key"] == "file":
                there[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
        self.server.commits += 1
        url = f"{self.server.url}/{self._repository}/commit/{self.server.sha}"
        self._answer(200, {"commitUrl": url, "commitOid": self.server.sha})

    def _answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _oid(content: bytes) -> str:
    """As git names a blob."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
