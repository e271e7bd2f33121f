"""A real server of OpenAI's chat completions over a tiny model: streams, probabilities, and faults on demand.

Stands for vLLM and its like. It asks for a key, and repeats it in its errors as careless servers do.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rewardmodel.config import DecodingConfig
from rewardmodel.decoding import decode
from rewardmodel.distribution import along
from rewardmodel.models import Policy
from rewardmodel.rankings import parse_prompt

MODEL = "tiny"
KEY = "sk-of-the-worker-alone-0123456789"


class ModelServer(ThreadingHTTPServer):
    """`faults`: what becomes of the next requests, in order; `asked`: (when, body) of those that came."""

    daemon_threads = True

    def __init__(self, policy: Policy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.policy = policy
        self.faults: deque[str] = deque()
        self.asked: list[tuple[float, dict[str, Any]]] = []
        self.said: dict[str, Any] = {
            "id": MODEL,
            "object": "model",
            "owned_by": "vllm",
            "created": 1,
        }
        self.with_probabilities = True
        self.answered: list[int] = []  # seeds of the completions that were sent whole
        self.hold: threading.Semaphore | None = (
            None  # completions that may pass, where they are held
        )
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def entry(self, **more: Any) -> dict[str, Any]:
        """How a deployment names it."""
        plain = {"name": "box", "url": self.url, "models": [MODEL], "kind": "vllm"}
        return {**plain, "key_env": "BOX_KEY", "concurrency": 2, "timeout_s": 60, **more}


@contextmanager
def serving(policy: Policy) -> Iterator[ModelServer]:
    """A running server, gone at the end."""
    server = ModelServer(policy)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""

    def do_GET(self) -> None:
        if self._known():
            rows = [{"id": "another"}, {**self.server.said, "created": int(time.time())}]
            self._json(200, {"object": "list", "data": rows})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((time.monotonic(), body))
        fault = self.server.faults.popleft() if self.server.faults else ""
        if fault.startswith("429"):
            after = fault.partition(" ")[2] or "1"
            self._json(429, {"error": {"message": "slow down"}}, {"Retry-After": after})
        elif fault == "500":
            self._json(500, {"detail": "boom"})
        elif fault == "closed":
            self.close_connection = True
        elif self._known():
            hold = self.server.hold
            if hold is None or hold.acquire(timeout=60):
                self._complete(body, fault)

    def _known(self) -> bool:
        told = self.headers.get("Authorization", "")
        if told == f"Bearer {KEY}":
            return True
        self._json(401, {"error": {"message": f"Incorrect API key provided: {told}"}})
        return False

    def _complete(self, body: dict[str, Any], fault: str) -> None:
        policy = self.server.policy
        ids = policy.codec.encode_prompt(parse_prompt(body["messages"]))
        if len(ids) + body["max_tokens"] > (policy.context_tokens or 10**9):
            words = "This model's maximum context length is 128 tokens."
            self._json(400, {"error": {"message": words, "code": "context_length_exceeded"}})
            return
        greedy = body["temperature"] == 0
        plan = DecodingConfig(
            strategy="greedy" if greedy else "sample",
            temperature=1.0 if greedy else body["temperature"],
            top_k=body.get("top_k", 0),
            max_new_tokens=body["max_tokens"],
            samples_per_prompt=1,
        )
        with self.server.lock:
            [[drawn]] = decode(policy, [ids], plan, seed=body["seed"], keys=["a"])
            steps = list(along(policy, ids, drawn.ids, plan, alternatives=5))
        usage = {"completion_tokens": len(drawn.ids), "total_tokens": len(ids) + len(drawn.ids)}
        tells = body.get("logprobs") and self.server.with_probabilities
        places = [_place(step) for step in steps] if tells else None
        if not body.get("stream"):
            choice = {
                "message": {
                    "role": "assistant",
                    "content": policy.codec.decode_completion(ids, drawn.ids),
                },
                "finish_reason": drawn.finish_reason,
                "logprobs": {"content": places} if places else None,
            }
            self.server.answered.append(body["seed"])
            self._json(200, {"choices": [choice], "usage": usage})
            return
        pieces = _pieces(policy, ids, drawn.ids)
        self._stream(pieces, places, drawn.finish_reason, usage, cut=fault == "cut")

    def _stream(
        self, pieces: list[str], places: Any, reason: str, usage: Any, *, cut: bool
    ) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for number, piece in enumerate(pieces):
            if cut and number == 1:
                return
            told = {"content": [places[number]]} if places else None
            choice = {"delta": {"content": piece}, "logprobs": told, "finish_reason": None}
            self._event({"choices": [choice]})
            time.sleep(0.15)
        self._event({"choices": [{"delta": {}, "finish_reason": reason}]})
        self._event({"choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, body: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(body)}\n\n".encode())
        self.wfile.flush()

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _pieces(policy: Policy, prompt: list[int], ids: list[int]) -> list[str]:
    """The text token by token: what each adds to it."""
    texts = [policy.codec.decode_completion(prompt, ids[:n]) for n in range(len(ids) + 1)]
    return [after[len(before) :] for before, after in zip(texts, texts[1:], strict=False)]


def _place(step: Any) -> dict[str, Any]:
    def told(one: Any) -> dict[str, Any]:
        return {"token": one.text, "logprob": math.log(max(one.probability, 1e-9))}

    return {**told(step.chosen), "top_logprobs": [told(one) for one in (step.chosen, *step.others)]}
