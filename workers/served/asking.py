"""Asking one model of one server, by OpenAI's chat completions, until it answers or will not.

Asked again, with growing pauses and chance in them: 408, 409, 425, 429, 5xx, connections refused or cut, and
streams that end without an end. `Retry-After` is kept to, for all workers. What a server says is hostile:
its size, its numbers and its words are checked, and the key is taken out of them.
Source: platform.openai.com/docs/api-reference/chat; Retry-After: RFC 9110, section 10.2.3.
"""

from __future__ import annotations

import json
import math
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, TypeVar

import httpx2

from annotation.lib.servers import ModelServer
from rewardmodel.errors import Refused
from workers.served import keys
from workers.served.answers import Answer, Answering, NoAnswer, said_of
from workers.served.pacing import Pace, Paused, rest

AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
LONGEST_SHARED_PAUSE_S = 900.0  # whatever a server asks for, it is tried again then
CONNECT_S = 10.0
LARGEST_ANSWER = 16 << 20
ALTERNATIVES = 5
Messages = list[dict[str, Any]]
T = TypeVar("T")


class Unavailable(Exception):
    """The server did not answer for as long as we had patience. `after`: seconds it asked for, if any."""

    def __init__(self, words: str, after: float = 0.0) -> None:
        super().__init__(words)
        self.after = after


class _Again(Exception):
    """This try failed in a way that another may not. `after`: seconds that the server asked for."""

    def __init__(self, words: str, after: float | None = None) -> None:
        super().__init__(words)
        self.after = after


@dataclass(frozen=True)
class Wish:
    """One completion: `parameters` are the plan in the server's words."""

    messages: Messages
    parameters: dict[str, Any]
    seed: int
    with_probabilities: bool = False


class Asked:
    """One model of a server. A context; safe for threads, which share its connections.

    `halt` is called while it waits and between pieces of an answer, and ends the wait by raising.
    """

    def __init__(
        self, server: ModelServer, model: str, *, patience_s: float, halt: Callable[[], None]
    ) -> None:
        self.server, self.model = server, model
        self._patience, self._asked_to_halt = patience_s, halt
        self._stopped = threading.Event()
        self._key = keys.key_of(server)
        self._pace = Pace(server)
        self._asks_probabilities = True
        self.tries = 0  # requests sent, those that failed included
        headers = {"User-Agent": "Tiebreak"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        self._client = httpx2.Client(
            headers=headers,
            follow_redirects=False,
            timeout=httpx2.Timeout(server.timeout_s, connect=CONNECT_S, pool=None),
            limits=httpx2.Limits(max_connections=server.concurrency),
        )

    def __enter__(self) -> Asked:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()
        self._pace.close()

    def stop(self) -> None:
        """Nobody wants the rest: threads that ask end at their next look."""
        self._stopped.set()

    def _halt(self) -> None:
        if self._stopped.is_set():
            raise Unavailable("not wanted any more")
        self._asked_to_halt()

    def describe(self) -> dict[str, Any]:
        """What the server says of the model. Raises Refused or Unavailable."""

        def once() -> dict[str, Any]:
            with self._sent("GET", "/models", None) as response:
                return said_of(self.model, self._whole(response))

        return self._patiently(once)

    def complete(self, wish: Wish, on_text: Callable[[str], None] | None = None) -> Answer:
        """One completion. With `on_text` it is streamed: called with the text so far as it grows.

        Raises NoAnswer for this prompt, Refused for all, Unavailable for now.
        """
        if not (wish.with_probabilities and self._asks_probabilities):
            return self._patiently(lambda: self._once(wish, on_text, False))
        try:
            return self._patiently(lambda: self._once(wish, on_text, True))
        except Refused as error:
            if "logprobs" not in error.message:
                raise
            self._asks_probabilities = False  # some servers refuse the question
            return self._patiently(lambda: self._once(wish, on_text, False))

    # --- one try ------------------------------------------------------------------------------------

    def _once(self, wish: Wish, on_text: Callable[[str], None] | None, asks: bool) -> Answer:
        body = {
            "model": self.model,
            "messages": wish.messages,
            "seed": wish.seed,
            **wish.parameters,
        }
        if asks:
            body |= {"logprobs": True, "top_logprobs": ALTERNATIVES}
        if on_text is not None:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        reserved = _size_of(wish.messages) + int(wish.parameters["max_tokens"])
        try:
            turn = self._pace.take(reserved, self._halt, patience_s=self._patience)
        except Paused as error:
            words = f"the server asked all to wait another {error.after:.0f} s"
            raise _Again(words, error.after) from None
        answering = Answering()
        with self._sent("POST", "/chat/completions", body) as response:
            if on_text is None or "text/event-stream" not in response.headers.get(
                "content-type", ""
            ):
                answering.take_whole(self._whole(response))
            else:
                self._read_stream(response, answering, on_text)
        if answering.used is not None:
            self._pace.settle(turn, reserved, answering.used)
        return answering.answer()

    def _read_stream(
        self, response: httpx2.Response, answering: Answering, on_text: Callable[[str], None]
    ) -> None:
        on_text("")  # a try before this one may have said something
        for line in self._lines(response):
            if not line.startswith("data:"):
                continue
            data = line.removeprefix("data:").strip()
            if data == "[DONE]":
                break
            if answering.take_piece(_parsed(data)):
                on_text(answering.text)
        if answering.finish_reason is None:
            raise _Again("the stream ended in the middle of an answer")

    def _lines(self, response: httpx2.Response) -> Iterator[str]:
        rest_of_line = b""
        for piece in self._pieces(response):
            *lines, rest_of_line = (rest_of_line + piece).split(b"\n")
            for line in lines:
                yield line.decode("utf-8", "replace").rstrip("\r")
        if rest_of_line:
            yield rest_of_line.decode("utf-8", "replace")

    def _whole(self, response: httpx2.Response) -> Any:
        return _parsed(b"".join(self._pieces(response)).decode("utf-8", "replace"))

    def _pieces(self, response: httpx2.Response) -> Iterator[bytes]:
        """The body, as long and as large as an answer may be."""
        deadline, size = time.monotonic() + self.server.timeout_s, 0
        for piece in response.iter_bytes():
            self._halt()
            size += len(piece)
            if size > LARGEST_ANSWER:
                raise NoAnswer("too_large", "the server answered more than 16 MiB")
            if time.monotonic() > deadline:
                raise _Again(f"no whole answer within {self.server.timeout_s:g} s")
            yield piece

    @contextmanager
    def _sent(self, method: str, path: str, body: Any) -> Iterator[httpx2.Response]:
        """The response to a request that was accepted; of another the error."""
        self.tries += 1
        try:
            with self._client.stream(method, self.server.url + path, json=body) as response:
                if response.status_code == 200:
                    yield response
                    return
                raise self._error(response)
        except httpx2.HTTPError as error:
            raise _Again(keys.without(self._key, f"{type(error).__name__}: {error}")) from None

    def _error(self, response: httpx2.Response) -> Exception:
        status = response.status_code
        code, words = _told(b"".join(self._pieces(response)).decode("utf-8", "replace"))
        told = f"the server answered {status}" + (f": {words}" if words else "")
        told = keys.without(self._key, told)
        if status in AGAIN:
            after = _retry_after(response.headers.get("retry-after"))
            if after is not None:
                self._pace.pause(min(after, LONGEST_SHARED_PAUSE_S))
            return _Again(told, after)
        if status in (400, 413, 422) and _is_too_long(f"{code} {words}"):
            return NoAnswer("too_long", told)
        return Refused("server_refused", f"{self.server.name}: {told}")

    # --- again and again --------------------------------------------------------------------------------

    def _patiently(self, once: Callable[[], T]) -> T:
        until, tries = math.inf, 0
        while True:
            self._halt()
            try:
                return once()
            except _Again as error:
                tries += 1
                until = min(until, time.monotonic() + self._patience)
                wait = max(error.after or 0.0, _pause(tries))
                if time.monotonic() + wait > until:
                    words = f"{self.server.name}: {error} (asked {tries} times)"
                    raise Unavailable(words, error.after or 0.0) from None
                rest(wait, self._halt)


def _pause(tries: int) -> float:
    """Doubling, half of it left to chance: workers that failed together do not come back together."""
    most = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (tries - 1))
    return most * (0.5 + 0.5 * random.random())


def _retry_after(value: str | None) -> float | None:
    """Seconds, given as such or as a date; None for anything else."""
    if not value:
        return None
    try:
        return max(0.0, min(float(value), 86_400.0))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _Again("the server's answer is no JSON") from None
    if not isinstance(found, dict):
        raise _Again("the server's answer is no JSON object")
    if isinstance(found.get("error"), dict | str):  # llama.cpp and vLLM, inside a stream
        raise _Again(_told(text)[1] or "the server broke off with an error")
    return found


def _told(text: str) -> tuple[str, str]:
    """Code and words of an error, in the shapes that servers give them."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return "", text
    if isinstance(found, dict):
        found = found.get("error", found.get("detail", found))
    if isinstance(found, dict):
        code = f"{found.get('code') or ''} {found.get('type') or ''}"
        return code, str(found.get("message") or found)
    return "", str(found)


def _is_too_long(text: str) -> bool:
    marks = (
        "context_length",
        "context length",
        "exceed_context",
        "context size",
        "too many tokens",
    )
    lowered = text.lower()
    return any(mark in lowered for mark in marks)


def _size_of(messages: Messages) -> int:
    """Tokens of a prompt, at most, roughly: a token is rarely under three bytes of UTF-8."""
    return sum(8 + len(str(one.get("content", "")).encode()) // 3 for one in messages)
