"""Labelers without a browser: one thread, raw sockets, so that the load costs next to nothing.

Each labeler claims, waits for the think time, submits a ranking in the order shown, and begins again.
Knows the HTTP API and nothing else.
"""

from __future__ import annotations

import heapq
import json
import random
import selectors
import socket
import time
import uuid
from dataclasses import dataclass, field


@dataclass
class Measured:
    """Seconds per request by kind, and how often each answer came."""

    claim: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def count(self, answer: str) -> None:
        self.answers[answer] = self.answers.get(answer, 0) + 1


class Labeler:
    """One connection and where its conversation stands."""

    def __init__(self, address: tuple[str, int], token: str, project: str) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = (
            f"Host: {address[0]}:{address[1]}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        )
        self.project = project
        self.buffer = b""
        self.asked = ""
        self.sent_at = 0.0
        self.work: dict[str, object] | None = None

    def claim(self) -> None:
        self._send("claim", "POST", f"/api/v1/projects/{self.project}/claims", b"{}")

    def submit(self) -> None:
        assert self.work is not None
        shown = [completion["id"] for completion in self.work["completions"]]  # type: ignore[attr-defined]
        body = {
            "lease_token": self.work["lease_token"],
            "tiers": [shown[:1], shown[1:3], *([shown[3:]] if shown[3:] else [])],
            "active_ms": 20000,
        }
        address = f"/api/v1/slots/{self.work['slot_id']}/submissions/{uuid.uuid4()}"
        self.work = None
        self._send("submit", "PUT", address, json.dumps(body).encode())

    def _send(self, kind: str, method: str, path: str, body: bytes) -> None:
        head = f"{method} {path} HTTP/1.1\r\n{self.head}{len(body)}\r\n\r\n"
        self.asked, self.sent_at = kind, time.perf_counter()
        self.socket.sendall(head.encode() + body)

    def receive(self) -> tuple[int, bytes] | None:
        """The answer when it has come whole, else None."""
        self.buffer += self.socket.recv(262144)
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(body) < length:
            return None
        self.buffer, self.asked = b"", ""
        return int(head[9:12]), body


def work(
    address: tuple[str, int], tokens: list[str], project: str, seconds: float, think: float
) -> Measured:
    """Let every token's owner work for `seconds`; think time varies by a fifth around `think`."""
    measured = Measured()
    poll = selectors.DefaultSelector()
    due: list[tuple[float, int, Labeler]] = []
    start = time.perf_counter()
    for number, token in enumerate(tokens):
        labeler = Labeler(address, token, project)
        poll.register(labeler.socket, selectors.EVENT_READ, labeler)
        heapq.heappush(due, (start + random.random() * max(think, 0.05), number, labeler))
    numbers = {id(labeler): number for _, number, labeler in due}
    end = start + seconds
    while (now := time.perf_counter()) < end:
        while due and due[0][0] <= now:
            labeler = heapq.heappop(due)[2]
            labeler.submit() if labeler.work else labeler.claim()
        pause = min(end, due[0][0]) - now if due else end - now
        for key, _ in poll.select(max(0.0, pause)):
            labeler = key.data
            asked, answer = labeler.asked, labeler.receive()
            if answer is not None:
                wait = _answered(labeler, asked, answer, measured, think)
                if wait == 0:
                    labeler.submit() if labeler.work else labeler.claim()
                else:
                    at = time.perf_counter() + wait
                    heapq.heappush(due, (at, numbers[id(labeler)], labeler))
    measured.seconds = time.perf_counter() - start
    _drain(poll)
    return measured


def _drain(poll: selectors.BaseSelector) -> None:
    """Wait for the answers that are still due, so that nothing works on behind the measurement."""
    waiting = {key.data for key in poll.get_map().values() if key.data.asked}
    until = time.perf_counter() + 5
    while waiting and time.perf_counter() < until:
        for key, _ in poll.select(0.1):
            if key.data.receive() is not None:
                waiting.discard(key.data)
    for key in list(poll.get_map().values()):
        key.data.socket.close()


def _answered(
    labeler: Labeler, asked: str, answer: tuple[int, bytes], measured: Measured, think: float
) -> float:
    """Take down the answer and return the seconds until the labeler's next request."""
    status, body = answer
    took = time.perf_counter() - labeler.sent_at
    if asked == "claim":
        measured.claim.append(took)
        if status == 200:
            labeler.work = json.loads(body)
            return random.uniform(0.8, 1.2) * think
        measured.count("nothing" if status == 204 else f"claim {status}")
        return 0.5
    measured.submit.append(took)
    measured.count(json.loads(body)["state"] if status < 300 else f"submit {status}")
    return 0.0
