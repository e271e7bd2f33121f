"""A sampling run whose policy a server runs: in the worker itself, some requests at once.

What stands in the table is the record: a completion is stored as soon as it is there, and one that is stored
is never asked for again, whoever was killed. A prompt that the server will not answer is passed over
and counted.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from annotation.corpus.models import Completion
from annotation.corpus.texts import prompt_hash
from annotation.runs.models import Run
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease
from rewardmodel.errors import Refused
from rewardmodel.left_out import left_out, rows_not_whole, write_left_out
from workers import artifacts
from workers.heartbeat import Heartbeat
from workers.items import make_items
from workers.jobs import safe_point
from workers.served.answers import Answer, NoAnswer
from workers.served.asking import Asked, Messages, Unavailable
from workers.served.policies import RUNS_WAIT_S, ask, refuse_another, wish_of
from workers.translate import completion_row, plan_settings, prompts_of, storable

STORE_EVERY_S = 1.0
ROWS_AT_ONCE = 50
LOOK_S = 0.25


@dataclass(frozen=True)
class Place:
    """One completion that is wanted."""

    prompt: UUID
    messages: Messages
    index: int


def sample_served(lease: Lease, run: Run, heart: Heartbeat) -> None:
    """Draw what is lacking and end the run. Raises LeaseLost or Stopped."""
    assert run.policy_version is not None
    halt = partial(safe_point, heart)
    try:
        with ask(run.policy_version, patience_s=RUNS_WAIT_S, halt=halt) as asked:
            refuse_another(asked, run.policy_version)
            sampling = _Sampling(lease, run, heart, asked)
            sampling.go()
            sampling.keep_files()
            report = sampling.report()
    except Refused as error:
        lifecycle.fail(lease, code=error.code, message=error.message)
        return
    except Unavailable as error:
        lifecycle.release(lease, code="server_unavailable", message=str(error), pause_s=error.after)
        return
    if "make_items" in run.config:
        report["items"] = make_items(lease, run, heart)
    with transaction.atomic():
        lifecycle.succeed(lease, report=report)


class _Sampling:
    """The completions of one run."""

    def __init__(self, lease: Lease, run: Run, heart: Heartbeat, asked: Asked) -> None:
        assert run.plan is not None
        self.lease, self.run, self.heart, self.asked = lease, run, heart, asked
        self.plan = plan_settings(run.plan)
        self.samples = int(self.plan["samples_per_prompt"])
        self.prompts = {prompt.pk: prompt.messages for prompt in prompts_of(run)}
        self.stored = self._stored()
        self.done = sum(len(indices) for indices in self.stored.values())
        self.left_out: Counter[str] = Counter()
        self._unused: list[dict[str, Any]] = []
        self._refused: set[UUID] = set()
        self._ready: list[Completion] = []
        self._kept_at = time.monotonic()

    def _stored(self) -> dict[UUID, set[int]]:
        found: dict[UUID, set[int]] = {}
        rows = Completion.objects.filter(
            policy_version=self.run.policy_version,
            plan=self.run.plan,
            prompt__prompt_set=self.run.prompt_set,
            sample_index__lt=self.samples,
        )
        for prompt, index in rows.values_list("prompt_id", "sample_index"):
            if prompt in self.prompts and index is not None:
                found.setdefault(prompt, set()).add(index)
        return found

    def go(self) -> None:
        """Draw all of them. What is there is stored before anything is raised."""
        self._keep()
        places = self._places()
        pool = ThreadPoolExecutor(self.asked.server.concurrency, thread_name_prefix="served")
        asked: dict[Future[Answer], Place] = {}
        try:
            while True:
                room = self.asked.server.concurrency - len(asked)
                asked |= {pool.submit(self._ask, place): place for place in islice(places, room)}
                if not asked:
                    break
                ended, _ = wait(asked, timeout=LOOK_S, return_when=FIRST_COMPLETED)
                self._take({future: asked.pop(future) for future in ended})
                safe_point(self.heart)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            self._take({future: place for future, place in asked.items() if future.done()}, True)

    def _places(self) -> Iterator[Place]:
        """What is lacking, sample by sample within a prompt, so that a server may share the prompt."""
        for prompt, messages in self.prompts.items():
            for index in range(self.samples):
                if prompt in self._refused:
                    break
                if index not in self.stored.get(prompt, ()):
                    yield Place(prompt, messages, index)

    def _ask(self, place: Place) -> Answer:
        key = prompt_hash(place.messages)
        return self.asked.complete(
            wish_of(self.asked, self.plan, place.messages, key=key, index=place.index)
        )

    def _take(self, ended: dict[Future[Answer], Place], is_last: bool = False) -> None:
        failure: BaseException | None = None
        for future, place in ended.items():
            if future.cancelled():
                continue
            error = future.exception()
            if isinstance(error, NoAnswer):
                self._pass_over(place, error)
            elif error is not None:
                failure = failure or error
            else:
                self._ready.append(self._row(place, future.result()))
        due = time.monotonic() - self._kept_at > STORE_EVERY_S or len(self._ready) >= ROWS_AT_ONCE
        if due or failure is not None or is_last:
            self._keep()
        if failure is not None and not is_last:
            raise failure

    def _pass_over(self, place: Place, error: NoAnswer) -> None:
        if place.prompt not in self._refused:
            self._refused.add(place.prompt)
            self.left_out[error.rule] += 1
            self._unused.append(
                left_out("prompts", str(place.prompt), "prompts passed over", str(error))
            )

    def _row(self, place: Place, answer: Answer) -> Completion:
        return completion_row(
            self.run,
            {
                "prompt_id": place.prompt,
                "sample_index": place.index,
                "text": answer.text,
                "token_count": answer.tokens,
                "finish_reason": answer.finish_reason,
            },
        )

    def _keep(self) -> None:
        """Store what is ready, as far as the lease holds. Raises LeaseLost."""
        rows, self._ready = self._ready, []
        self.done += len(rows)
        values: dict[str, Any] = {
            "phase": "sample",
            "progress_done": self.done,
            "progress_total": len(self.prompts) * self.samples,
        }
        if rows:
            values |= {"last_step": self.done, "tries_without_progress": 0}
        with transaction.atomic():
            lifecycle.write(self.lease, **values)
            Completion.objects.bulk_create(rows, ignore_conflicts=True)
        self._kept_at = time.monotonic()

    def _drawn(self) -> QuerySet[Completion]:
        """What is there by now, whichever run asked for it."""
        return Completion.objects.filter(
            policy_version=self.run.policy_version,
            plan=self.run.plan,
            prompt_id__in=list(self.prompts),
            sample_index__lt=self.samples,
        )

    def keep_files(self) -> None:
        """Keep the files that a local sampling run keeps, and how many prompts it left out. Raises LeaseLost."""
        names = ("prompt_id", "sample_index", "text", "finish_reason", "token_count")
        rows = self._drawn().order_by("prompt_id", "sample_index").values(*names)
        with tempfile.TemporaryDirectory(prefix="served-") as name:
            with (Path(name) / artifacts.COMPLETIONS).open("w", encoding="utf-8") as file:
                for row in rows.iterator():
                    line = {**row, "prompt_id": str(row["prompt_id"])}
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
            write_left_out(Path(name), self._unused)
            artifacts.keep_files(self.lease, Path(name))
        counts = {"of": len(self.prompts), **rows_not_whole(self._unused)}
        with transaction.atomic():
            lifecycle.write(self.lease, left_out={"rows": "prompts", **counts})

    def report(self) -> dict[str, Any]:
        """As a local sampling run reports, with what is special of a server.

        Raises Refused where nothing was answered.
        """
        values = ("prompt_id", "text_hash", "finish_reason", "token_count")
        rows = list(self._drawn().values_list(*values))
        if self.prompts and not rows:
            words = ", ".join(f"{rule}: {count}" for rule, count in self.left_out.items())
            raise Refused("nothing_answered", f"The server answered no prompt ({words}).")
        counts = [row[3] for row in rows if row[3] is not None]
        report: dict[str, Any] = {
            "prompts": len({row[0] for row in rows}),
            "prompts_left_out": sum(self.left_out.values()),
            "completions": len(rows),
            "distinct_texts": len({row[:2] for row in rows}),
            "stop_rate": sum(row[2] == "stop" for row in rows) / max(1, len(rows)),
            "requests": self.asked.tries,
        }
        if counts:
            report["tokens_mean"] = sum(counts) / len(counts)
        if self.left_out:
            report["left_out_because"] = dict(self.left_out)
        report["server"] = storable(self.asked.server.name)
        return report
