"""Runs over time: start them once, wait for them, follow what they say."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from tiebreak.errors import RunNotDone
from tiebreak.operations import Operations
from tiebreak.schema import Run, RunEvent, RunRequestRequest

ENDED = ("succeeded", "failed", "cancelled")
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 5.0
Watcher = Callable[[Run], None]


def unwatched(run: Run) -> None:
    """Nobody watches."""


class Waiting(Operations):
    """What takes longer than a request."""

    def start_run(
        self, project_id: str, wish: RunRequestRequest, *, idempotency_key: str | None = None
    ) -> Run:
        """Start a run. The same key starts it once, however often it is asked for.

        Without a key one is drawn for this call, so that a broken line starts no second run.
        """
        return self.runs_create(project_id, wish, idempotency_key=idempotency_key)

    def wait(
        self,
        run_id: str,
        *,
        progress: Watcher = unwatched,
        timeout: float | None = None,
        check: bool = True,
    ) -> Run:
        """Wait for the end of a run; `progress` is told of it at every look.

        Raises RunNotDone where it failed or was cancelled, unless `check` is off, and TimeoutError
        after `timeout` seconds. The run itself goes on whatever happens here.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = FIRST_PAUSE_S
        while True:
            run = self.runs_retrieve(run_id)
            progress(run)
            if run["status"] in ENDED:
                if check and run["status"] != "succeeded":
                    raise RunNotDone(run)
                return run
            if deadline is not None and time.monotonic() + pause > deadline:
                raise TimeoutError(f"run {run['number']} is still {run['status']}")
            time.sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 1.3)

    def events(self, run_id: str, *, follow: bool = False) -> Iterator[RunEvent]:
        """What a run said, in order; with `follow` until its end."""
        after, pause = 0, FIRST_PAUSE_S
        while True:
            ended = not follow or self.runs_retrieve(run_id)["status"] in ENDED
            page = self.run_events_list(run_id, after=after)
            yield from page["results"]
            if page["results"]:
                after, pause = page["last"], FIRST_PAUSE_S
            elif ended:
                return
            else:
                time.sleep(pause)
                pause = min(LONGEST_PAUSE_S, pause * 1.3)

    def metrics(self, run_id: str) -> dict[str, list[tuple[int, float]]]:
        """All figures of a run so far: name -> [(step, value)]."""
        found: dict[str, list[tuple[int, float]]] = {}
        after = 0
        while True:
            page = self.run_metrics_list(run_id, after=after)
            if not page["results"]:
                return found
            for one in page["results"]:
                found.setdefault(one["name"], []).append((one["step"], one["value"]))
            after = page["last"]
