"""The ML engineer's part over HTTP: start runs, wait for them, read what they made."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from workers.demo.client import Client

Tell = Callable[[str], None]
Json = dict[str, Any]
ENDED = ("succeeded", "failed", "cancelled")
POLL_S = 0.5
LIMIT_S = 900.0


class LoopError(Exception):
    """The loop cannot go on; the message says what happened."""


def wait_for(client: Client, run: Json) -> Json:
    """The run when it has ended well. Raises LoopError with the run's own words."""
    deadline = time.monotonic() + LIMIT_S
    while run["status"] not in ENDED:
        if time.monotonic() > deadline:
            raise LoopError(
                f"{run['kind']} run {run['number']} has been {run['status']} for "
                f"{LIMIT_S:.0f} s (phase {run['phase']!r})"
            )
        time.sleep(POLL_S)
        run = client.get(f"/runs/{run['id']}")
    if run["status"] != "succeeded":
        raise LoopError(
            f"{run['kind']} run {run['number']} {run['status']}: "
            f"{run['error_code']}: {run['error_message']}"
        )
    return run


class Engineer:
    """One project's runs and versions, with an API token."""

    def __init__(self, client: Client, project: str, tell: Tell) -> None:
        self.client, self.project, self.tell = client, project, tell

    def do(self, what: str, kind: str, config: Json | None = None, **inputs: Any) -> Json:
        """Start a run, wait for its end, and tell how long it took."""
        began = time.monotonic()
        body = {"kind": kind, "config": config or {}, **inputs}
        # Were the answer lost, the same request again would find the same run.
        run = self.client.post(f"{self.project}/runs", body, Idempotency_Key=str(uuid4()))
        ended = wait_for(self.client, run)
        self.tell(f"{what}: {time.monotonic() - began:.0f} s")
        return ended

    def made_by(self, run: Json) -> Json:
        """The version that a run made."""
        version: Json = self.client.get(f"/versions/{run['output_version']}")
        return version

    def promoted_policy(self) -> Json:
        """The policy that the project uses."""
        versions = self.client.get(f"{self.project}/versions", kind="policy")
        found: Json = next(one for one in versions if one["status"] == "promoted")
        return found

    def promote(self, version: Json) -> None:
        """Use this version from now on."""
        reason = "The demonstration goes on whatever the figures say; its report shows them."
        self.client.post(f"/versions/{version['id']}/promote", {"reason": reason})

    def metrics(self, run: Json) -> list[Json]:
        """All figures of a run, in the order they were written."""
        found: list[Json] = []
        while True:
            after = found[-1]["id"] if found else 0
            page = self.client.get(f"/runs/{run['id']}/metrics", after=after)["results"]
            if not page:
                return found
            found += page

    def completions(self, version: Json, prompt_set: Json) -> Iterator[tuple[str, str]]:
        """(prompt, completion) of everything this policy wrote for the prompts of a set."""
        rows = self.client.lines(
            f"{self.project}/exports/completions.jsonl", prompt_set=prompt_set["id"]
        )
        name = f"{version['name']} {version['number']}"
        return ((row["prompt"], row["completion"]) for row in rows if row["system"] == name)
