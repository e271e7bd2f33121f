"""Requests, answers, and trying again. The standard library only.

What may be sent twice without harm is sent again when the line breaks: reading, PUT and DELETE, and
whatever carries an Idempotency-Key. Everything is sent again when the server says that it did nothing
yet (429), or was never reached.
"""

from __future__ import annotations

import http.client
import json
import random
import ssl
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from tiebreak.errors import ApiError, Unreachable, refusal

API = "/api/v1"
PAGE = 200
PIECE = 1 << 18
BROKEN = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)
PASSING = (502, 503, 504)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Stay(urllib.request.HTTPRedirectHandler):
    """A token goes to the server it was given for and to no other."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Download:
    """The body of an answer as it comes; read it once, inside `with`."""

    def __init__(self, answer: IO[bytes], headers: Any, status: int) -> None:
        self._answer = answer
        self.status: int = status
        self.length: int | None = int(headers["Content-Length"] or 0) or None
        self.tag: str = headers["ETag"] or ""

    def __enter__(self) -> Download:
        return self

    def __exit__(self, *_: object) -> None:
        self._answer.close()

    def __iter__(self) -> Iterator[bytes]:
        """The pieces. Raises Unreachable where the line breaks before the end."""
        received = 0
        try:
            while piece := self._answer.read(PIECE):
                received += len(piece)
                yield piece
        except (http.client.HTTPException, OSError) as error:
            raise Unreachable(f"the download broke off: {error}") from error
        if self.length is not None and received != self.length:
            raise Unreachable(f"the download broke off after {received} of {self.length} bytes")

    def rows(self) -> Iterator[Any]:
        """The lines of a JSONL file."""
        rest = b""
        for piece in self:
            *lines, rest = (rest + piece).split(b"\n")
            yield from (json.loads(line) for line in lines if line.strip())
        if rest.strip():
            yield json.loads(rest)


class Transport:
    """One person's access to one server."""

    def __init__(
        self, url: str, token: str, *, timeout: float = 60.0, patience: float = 60.0
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unreachable(f"{url!r} is no address; it begins with https:// or http://")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise Unreachable("a token goes over https only; http is for this very machine")
        self.url = url.rstrip("/")
        self._token = token
        self.timeout, self.patience = timeout, patience
        proxies = urllib.request.ProxyHandler({} if parts.hostname in LOOPBACK else None)
        secure = urllib.request.HTTPSHandler(context=ssl.create_default_context())
        self._opener = urllib.request.build_opener(proxies, secure, _Stay)

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        data: bytes | None = None,
        content_type: str = "application/json",
        query: dict[str, Any] | None = None,
        key: str | None = None,
        has_key: bool = False,
    ) -> Any:
        """The answer, parsed; None where there is no content. Raises ApiError or Unreachable."""
        headers = {"Accept": "application/json"}
        if has_key or key:
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        if body is not None:
            data = json.dumps(body).encode()
        elif data is None and method in ("POST", "PUT", "PATCH"):
            data = b"{}"
        if data is not None:
            headers["Content-Type"] = content_type
        answer = self._persist(method, _address(path, query), data, headers)
        if answer is None:
            return None
        try:
            with answer:
                found = answer.read()
        except (http.client.HTTPException, OSError) as error:
            raise Unreachable(f"the answer broke off: {error}") from error
        return _parsed(found) if found else None

    def pages(self, method: str, path: str, *, query: dict[str, Any] | None = None) -> Any:
        """Every row of a list that comes in pages, fetched as they are asked for."""
        asked = {**(query or {}), "page_size": PAGE}
        while True:
            page = self.send(method, path, query=asked)
            yield from page["results"]
            if not page["next"]:
                return
            asked["cursor"] = parse_qs(urlsplit(page["next"]).query)["cursor"][0]

    def download(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Download:
        """A body that is read piece by piece."""
        answer = self._persist(method, _address(path, query), None, headers or {})
        assert answer is not None
        return Download(answer, answer.headers, answer.status)

    def _persist(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Any:
        """Send until it arrived, or patience ends."""
        repeatable = method in ("GET", "PUT", "DELETE") or "Idempotency-Key" in headers
        deadline = time.monotonic() + self.patience
        tried = 0
        while True:
            tried += 1
            again = repeatable
            try:
                return self._open(method, path, data, headers)
            except ApiError as error:
                if method == "DELETE" and tried > 1 and error.status == 404:
                    return None  # the first one arrived, its answer did not
                if error.status != 429 and not (repeatable and error.status in PASSING):
                    raise
                failure: Exception = error
                pause = float(error.problem.get("retry_after") or 0)
                again = True
            except BROKEN as error:
                failure = Unreachable(f"{self.url} does not answer: {_reason(error)}")
                again = repeatable or _never_sent(error)
                pause = 0.0
            # twice as long each time, with chance in it so that many clients do not come at once
            pause = max(pause, min(5.0, 0.2 * 2**tried) * random.uniform(0.5, 1.0))
            if not again or time.monotonic() + pause > deadline:
                raise failure
            time.sleep(pause)

    def _open(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Any:
        sent = {**headers, "User-Agent": "tiebreak-client"}
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(self.url + path, data, sent, method=method)
        try:
            return self._opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            with error:
                try:
                    problem = json.loads(error.read())
                except (ValueError, http.client.HTTPException, OSError):
                    problem = {}
            if isinstance(problem, dict) and (wait := error.headers.get("Retry-After")):
                problem = {**problem, "retry_after": wait}
            raise refusal(error.code, problem) from None


def _address(path: str, query: dict[str, Any] | None) -> str:
    """Below the server's address; an id from outside stays one part of the path."""
    given = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in (query or {}).items()
        if value is not None
    }
    asked = f"?{urlencode(given, doseq=True)}" if given else ""
    return API + quote(path) + asked


def _parsed(found: bytes) -> Any:
    try:
        return json.loads(found)
    except ValueError:
        raise Unreachable("the answer is not JSON: is this the address of Tiebreak?") from None


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "") or error or type(error).__name__)


def _never_sent(error: Exception) -> bool:
    """Whether not a byte of it can have arrived."""
    return isinstance(getattr(error, "reason", error), ConnectionRefusedError)
