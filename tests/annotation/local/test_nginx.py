"""nginx in front, with deploy/nginx.conf as it is but for its ports and folders."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.annotation.local.test_compose import ROOT

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(not (NGINX and OPENSSL), reason="no nginx or openssl here")
IDS = re.compile(r"^[0-9a-f]{32}$")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@dataclass
class Web:
    """What stands behind nginx: says what it was sent, and holds downloads until it is let go."""

    port: int = 0
    heard: list[Any] = field(default_factory=list)
    held: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    begun: int = 0


@dataclass
class Door:
    """A running nginx."""

    address: str
    log: Path
    web: Web

    def get(self, path: str, **headers: str) -> tuple[int, Message, bytes]:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        request = urllib.request.Request(self.address + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30, context=context) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def line_of(self, request_id: str) -> str:
        """What the log says of a request; it is written when the answer has gone."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for line in self.log.read_text().splitlines():
                if line.endswith(request_id):
                    return line
            time.sleep(0.05)
        raise AssertionError(f"the log does not name {request_id}")


@pytest.fixture
def web() -> Iterator[Web]:
    state = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.heard.append(self.headers)
            if self.path.endswith("/archive"):
                state.begun += 1
                state.held.acquire(timeout=30)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield state
        server.shutdown()


@pytest.fixture
def door(tmp_path: Path, web: Web) -> Iterator[Door]:
    make = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost"
    keys = ["-keyout", f"{tmp_path}/privkey.pem", "-out", f"{tmp_path}/fullchain.pem"]
    subprocess.run([str(OPENSSL), *make.split(), *keys], check=True, capture_output=True)
    port = free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for ours, here in {
        "/etc/nginx/tls": str(tmp_path),
        "/run/nginx": f"{tmp_path}/nginx",
        "/dev/stdout": f"{tmp_path}/access.log",
        "listen 80 ": f"listen 127.0.0.1:{free_port()} ",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        "http://web:8000": f"http://127.0.0.1:{web.port}",
        "http {\n": f"http {{\nclient_body_temp_path {tmp_path}/body;\nproxy_temp_path {tmp_path}/proxy;\n",
    }.items():
        assert ours in text
        text = text.replace(ours, here)
    version = subprocess.run([str(NGINX), "-v"], capture_output=True, text=True).stderr
    if tuple(map(int, re.findall(r"\d+", version)[:3])) < (1, 25, 1):
        text = text.replace("http2 on;", "")  # newer than this nginx
    settings = tmp_path / "nginx.conf"
    settings.write_text(text)
    command = [str(NGINX), "-c", str(settings), "-g", "daemon off;"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(port, process)
        yield Door(f"https://127.0.0.1:{port}", tmp_path / "access.log", web)
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr and process.stderr.read()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx does not listen")


def test_one_id_names_a_request_in_both_logs_and_none_comes_from_outside(door: Door) -> None:
    door.get(
        "/api/v1/me?search=private", **{"X-Request-ID": "f" * 32, "X-Forwarded-For": "9.9.9.9"}
    )
    (heard,) = door.web.heard
    assert heard["X-Forwarded-For"] == "127.0.0.1"
    assert IDS.match(heard["X-Request-ID"])
    assert heard["X-Request-ID"] != "f" * 32
    line = door.line_of(heard["X-Request-ID"])
    assert '"GET /api/v1/me" 200' in line
    assert "private" not in line


def test_a_person_who_comes_while_the_web_is_away_gets_a_page_and_a_program_a_problem(
    door: Door,
) -> None:
    text = door.log.with_name("nginx.conf")
    text.write_text(text.read_text().replace(f":{door.web.port};", f":{free_port()};"))
    pid = int(door.log.with_name("nginx.pid").read_text())
    os.kill(pid, signal.SIGHUP)  # read the settings again
    deadline = time.monotonic() + 10
    while door.get("/healthz")[0] != 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    for path in ("/", "/label/x", "/static/app/icon.svg"):
        status, headers, body = door.get(path)
        assert (status, headers["Content-Type"]) == (503, "text/html; charset=utf-8")
        assert headers["Cache-Control"] == "no-store"
        assert 'http-equiv="refresh"' in body.decode()
        assert "恢复后本页会自动继续" in body.decode()
    for path in ("/api/v1/me", "/api/v1/projects/x/exports/rankings.jsonl"):
        status, headers, body = door.get(path)
        assert (status, headers["Content-Type"]) == (503, "application/problem+json")
        assert headers["Retry-After"] == "5"
        assert f'"GET {path}" 503' in door.line_of(json.loads(body)["request_id"])


def test_downloads_never_take_all_threads_of_the_web(door: Door) -> None:
    path = "/api/v1/versions/x/archive"
    with ThreadPoolExecutor(5) as pool:
        held = [pool.submit(door.get, path) for _ in range(5)]
        deadline = time.monotonic() + 20
        while door.web.begun < 5 and time.monotonic() < deadline:
            time.sleep(0.05)
        status, headers, _ = door.get(path)
        assert (status, headers["Retry-After"]) == (429, "2")
        assert door.get("/api/v1/me")[0] == 200
        door.web.held.release(5)
        assert [one.result()[0] for one in held] == [200] * 5
