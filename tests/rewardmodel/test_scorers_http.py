"""Scores from a service over HTTP: retries, refusals, and which addresses may be asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rewardmodel.config import RlooConfig
from rewardmodel.errors import Refused, RunError
from rewardmodel.reward_sources import (
    ALLOWED_URLS,
    refuse_address,
)
from rewardmodel.rloo import run_rloo
from rewardmodel.text_scorers import HttpScorer, RewardGroup
from tests.rewardmodel.conftest import ask, open_run, write_run

QUICK: dict[str, Any] = {
    "iterations": 1,
    "rollouts_per_iteration": 8,
    "minibatch_size": 8,
    "inner_epochs": 1,
    "max_new_tokens": 4,
    "evaluation_prompts": 2,
    "followed_prompts": 0,
}
Answer = Callable[[dict[str, Any]], tuple[int, bytes]]


def by_length(body: dict[str, Any]) -> tuple[int, bytes]:
    """Scores each completion by its number of characters."""
    scores = [[len(one["text"]) for one in group["completions"]] for group in body["groups"]]
    return 200, json.dumps({"scores": scores}).encode()


class Service:
    """An HTTP scorer in a thread. `answers` are used up one by one, the last one for ever.

    So are `cuts`: how the connection is lost in the middle of an answer; at last it holds.
    """

    def __init__(self) -> None:
        self.answers: list[Answer] = [by_length]
        self.cuts: list[str] = []
        self.requests: list[dict[str, Any]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.requests.append(body)
                left = service.answers
                status, content = (left.pop(0) if len(left) > 1 else left[0])(body)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                cut = service.cuts.pop(0) if service.cuts else None
                if cut == "chunked":
                    self.send_header("Transfer-Encoding", "chunked")
                    content = f"{len(content):x}\r\n".encode() + content
                else:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write({None: content, "empty": b""}.get(cut, content[:-5]))

            def log_message(self, *arguments: Any) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Quiet: a client that gave up hangs up."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/score"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.server.shutdown()
    made.server.server_close()


def groups() -> list[RewardGroup]:
    return [
        RewardGroup(ask("one"), "one", ("a", "bbb"), ("stop", "length"), ("1",)),
        RewardGroup(ask("two"), "two", ("cc",), ("stop",)),
    ]


def test_a_service_is_asked_in_json(service: Service) -> None:
    assert HttpScorer(service.url, 5, 0)(groups()) == [[1, 3], [2]]
    [request] = service.requests
    assert request["groups"][0] == {
        "messages": [{"role": "user", "content": "one"}],
        "text": "one",
        "references": ["1"],
        "completions": [
            {"text": "a", "finish_reason": "stop"},
            {"text": "bbb", "finish_reason": "length"},
        ],
    }


def test_a_service_that_stumbles_is_asked_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("rewardmodel.text_scorers.time.sleep", pauses.append)
    service.answers = [lambda body: (503, b""), lambda body: (429, b""), by_length]
    assert HttpScorer(service.url, 5, 2)(groups()) == [[1, 3], [2]]
    assert pauses == [0.5, 1.0]
    service.answers = [lambda body: (500, b"")]
    with pytest.raises(RunError, match="did not answer in 2 tries: 500") as caught:
        HttpScorer(service.url, 5, 1)(groups())
    # A crash, so that a supervisor tries again later; not a refusal.
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("cut", ["sized", "chunked", "empty"])
def test_a_service_that_is_cut_off_within_an_answer_is_asked_again(
    service: Service, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    monkeypatch.setattr("rewardmodel.text_scorers.time.sleep", lambda seconds: None)
    service.cuts = [cut, cut]
    assert HttpScorer(service.url, 5, 2)(groups()) == [[1, 3], [2]]
    assert len(service.requests) == 3
    service.cuts = [cut, cut]
    with pytest.raises(RunError, match="did not answer in 2 tries: ") as caught:
        HttpScorer(service.url, 5, 1)(groups())
    assert caught.value.exit_code == 1


def test_a_slow_or_absent_service_is_given_up(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()

    def late(body: dict[str, Any]) -> tuple[int, bytes]:
        held.wait(5)
        return by_length(body)

    service.answers = [late]
    monkeypatch.setattr("rewardmodel.text_scorers.time.sleep", lambda seconds: None)
    with pytest.raises(RunError, match="did not answer in 2 tries: timed out"):
        HttpScorer(service.url, 0.1, 1)(groups())
    held.set()
    with pytest.raises(RunError, match="Connection refused"):
        HttpScorer("http://127.0.0.1:1/", 1, 0)(groups())


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (400, b"no", "refused: 400"),
        (302, b"", "refused: 302"),
        (200, b"<html>", r'must answer with \{"scores"'),
        (200, b'{"score": 1}', r'must answer with \{"scores"'),
        (200, b"[1]", r'must answer with \{"scores"'),
    ],
)
def test_an_answer_that_is_none_is_refused_at_once(
    service: Service, status: int, content: bytes, words: str
) -> None:
    service.answers = [lambda body: (status, content)]
    with pytest.raises(Refused, match=words):
        HttpScorer(service.url, 5, 3)(groups())
    assert len(service.requests) == 1


def test_a_run_learns_from_a_service(
    service: Service, policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    inputs: dict[str, Any] = {
        "policy": policy_folder,
        "prompts": prompts,
        "reward_url": service.url,
    }
    folder = write_run(tmp_path / "run", "rloo", inputs, **QUICK)
    report = run_rloo(open_run(folder, "rloo"), RlooConfig(device="cpu", **QUICK))
    assert report["ended"] == "complete"
    rollouts = [r for r in service.requests if len(r["groups"][0]["completions"]) == 4]
    assert len(rollouts) == 1
    assert len(rollouts[0]["groups"]) == 2


@pytest.mark.parametrize(
    ("allowed", "url", "passes"),
    [
        ("", "http://judge/", False),
        ("http://judge/", "http://judge/score", True),
        ("http://other/, http://judge/v1", "http://judge/v1/score?x=1", True),
        ("http://judge/v1", "http://judge/v10", False),
        ("http://judge/v1", "http://judge/v1/../admin", False),
        ("http://judge/v1", "http://judge/v1/%2e%2e/admin", False),
        ("http://judge", "http://judge.example.org/", False),
        ("http://judge", "http://judge:81/", False),
        ("http://judge", "http://judge@elsewhere/", False),
        ("http://judge", "https://judge/", False),
    ],
)
def test_under_a_supervisor_only_listed_addresses_are_asked(
    allowed: str, url: str, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOWED_URLS, allowed)
    refuse_address(url, supervised=False)
    if passes:
        refuse_address(url, supervised=True)
    else:
        with pytest.raises(Refused, match=ALLOWED_URLS):
            refuse_address(url, supervised=True)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://judge/", "judge/score", "http://"])
def test_only_http_addresses_are_asked(url: str) -> None:
    with pytest.raises(Refused, match="is no http or https address"):
        refuse_address(url, supervised=False)
