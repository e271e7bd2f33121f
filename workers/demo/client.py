"""A small client of the HTTP API: signs in as a browser does, or calls with an API token."""

from __future__ import annotations

import http.cookiejar
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

API = "/api/v1"
AUTH = "/_allauth/browser/v1"
CSRF_COOKIES = ("tiebreak_csrf", "__Host-csrf")
PAGE = 500
MAX_WAIT_S = 60.0


class ApiError(Exception):
    """The server refused; `status` and its problem document."""

    def __init__(self, status: int, path: str, problem: Any) -> None:
        self.status, self.problem = status, problem
        super().__init__(f"{status} from {path}: {json.dumps(problem, ensure_ascii=False)[:500]}")


class Client:
    """One person's or one script's access. Knows paths below /api/v1."""

    def __init__(self, address: str, token: str = "") -> None:
        self.address = address.rstrip("/")
        self.token = token
        self._cookies = http.cookiejar.CookieJar()
        # No proxy: the installation is on this machine or named by its own address.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self._cookies)
        )

    def sign_in(self, username: str, password: str) -> None:
        """Start a session. Raises ApiError."""
        self._send("GET", f"{AUTH}/config", tolerate=(404,))  # brings the CSRF cookie
        self._send("POST", f"{AUTH}/auth/login", {"username": username, "password": password})

    def get(self, path: str, **query: Any) -> Any:
        """The answer to a GET."""
        asked = f"?{urllib.parse.urlencode(query)}" if query else ""
        return self._send("GET", f"{API}{path}{asked}")

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to a POST; None where there is no content."""
        return self._send("POST", f"{API}{path}", {} if body is None else body, headers=headers)

    def put(self, path: str, body: Any) -> Any:
        """The answer to a PUT."""
        return self._send("PUT", f"{API}{path}", body)

    def patch(self, path: str, body: Any) -> Any:
        """The answer to a PATCH."""
        return self._send("PATCH", f"{API}{path}", body)

    def delete(self, path: str) -> Any:
        """The answer to a DELETE."""
        return self._send("DELETE", f"{API}{path}")

    def upload(self, path: str, data: bytes, **query: str) -> Any:
        """POST a file of rows."""
        asked = f"?{urllib.parse.urlencode(query)}"
        return self._send("POST", f"{API}{path}{asked}", data)

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Every row of a list that comes in pages."""
        answer = self.get(path, page_size=PAGE, **query)
        while True:
            yield from answer["results"]
            if not answer["next"]:
                return
            answer = self._send(
                "GET", urllib.parse.urlsplit(answer["next"])._replace(scheme="", netloc="").geturl()
            )

    def lines(self, path: str, **query: Any) -> Iterator[Any]:
        """The rows of a JSONL export."""
        asked = f"?{urllib.parse.urlencode(query)}" if query else ""
        for line in self._open("GET", f"{API}{path}{asked}").splitlines():
            if line.strip():
                yield json.loads(line)

    def _send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        tolerate: tuple[int, ...] = (),
    ) -> Any:
        """Send JSON (or bytes as they are); the parsed answer."""
        try:
            found = self._open(method, path, body, headers or {})
        except ApiError as error:
            if error.status in tolerate:
                return error.problem
            raise
        return json.loads(found) if found else None

    def _open(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> bytes:
        """The body of the answer. What was refused for coming too fast is sent again."""
        sent = {
            "Accept": "application/json",
            **{name.replace("_", "-"): value for name, value in (headers or {}).items()},
        }
        data: bytes | None = None
        if isinstance(body, bytes):
            data, sent["Content-Type"] = body, "application/x-ndjson"
        elif body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        deadline = time.monotonic() + MAX_WAIT_S
        while True:
            for cookie in self._cookies:
                if cookie.name in CSRF_COOKIES and cookie.value:
                    sent["X-CSRFToken"] = cookie.value
            request = urllib.request.Request(
                self.address + path, data=data, headers=sent, method=method
            )
            try:
                with self._opener.open(request, timeout=60) as answer:
                    return bytes(answer.read())
            except urllib.error.HTTPError as error:
                wait = float(error.headers.get("Retry-After") or 1)
                if error.code in (429, 503) and time.monotonic() + wait < deadline:
                    time.sleep(wait)
                    continue
                raise ApiError(error.code, path, _problem(error.read())) from None


def _problem(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")[:500]
