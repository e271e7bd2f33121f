"""An import takes good lines, names bad ones, and after a kill goes on where it stopped."""

from __future__ import annotations

import gzip
import json
import signal
from collections.abc import Callable, Iterator
from io import BytesIO
from threading import Thread
from typing import Any

from django.db import connection

from annotation.corpus.models import Prompt, PromptSet
from annotation.runs.models import Run, RunIssue
from annotation.runs.services import cancel
from annotation.runs.services.uploads import create_import
from tests.cast import Cast
from tests.workers import harness
from tests.workers.harness import Worker, finished, story, wait_for
from workers.supervisor import drive


def hand_in(cast: Cast, body: bytes, kind: str = "prompts", name: str = "Questions") -> Run:
    made, _ = PromptSet.objects.get_or_create(
        project=cast.project, name=name, defaults={"purpose": "reward", "language": "en"}
    )
    return create_import(
        project=cast.project,
        user=cast.admin,
        kind=kind,
        filename="rows.jsonl",
        read=BytesIO(body).read,
        length=len(body),
        prompt_set=made,
    )


def questions(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield json.dumps({"prompt": f"Question {number} " + "x" * 200}).encode() + b"\n"


def test_good_lines_are_taken_and_bad_ones_named(people: Cast) -> None:
    body = b"".join(
        [
            b'{"prompt": "one"}\n',
            b'{"prompt": "broken\n',
            b'{"prompt": "NaN", "reference": NaN}\n',
            b"\n",
            b'{"prompt": "two"}\n',
            b'{"prompt": "nul \\u0000"}\n',
        ]
    )
    run = hand_in(people, gzip.compress(body))
    assert drive(run.id) == "ended"
    run = harness.fresh(run)
    assert run.status == "succeeded", story(run)
    assert run.report == {
        "read": 5,
        "added": 2,
        "already": 0,
        "refused": 3,
        "issues_left_out": 0,
    }
    issues = dict(RunIssue.objects.filter(run=run).values_list("line", "rule"))
    assert issues == {2: "bad_json", 3: "nan", 6: "nul"}
    assert Prompt.objects.count() == 2


def test_importing_again_adds_nothing(people: Cast) -> None:
    for expected in ({"added": 3, "already": 0}, {"added": 0, "already": 3}):
        run = hand_in(people, b"".join(questions(3)))
        drive(run.id)
        report = harness.fresh(run).report
        assert {name: report[name] for name in expected} == expected
    assert Prompt.objects.count() == 3


def test_an_import_goes_on_after_a_stop_and_after_a_kill_and_loses_and_doubles_nothing(
    start_worker: Callable[..., Worker], people: Cast
) -> None:
    told_to_stop = start_worker("first", pool="prefork").wait_until_ready()
    count = 25_000
    run = hand_in(people, b"".join(questions(count)))
    wait_for(lambda: harness.fresh(run).last_step >= 1000, 40, lambda: story(run))
    told_to_stop.signal(signal.SIGTERM)
    killed = start_worker("second", pool="prefork")
    wait_for(lambda: told_to_stop.process.poll() is not None, 30, lambda: told_to_stop.text)
    stopped = run.events.get(type="interrupted")
    assert stopped.payload["code"] == "worker_stopped"
    taken = harness.fresh(run)
    assert taken.report["read"] == taken.last_step < count, "whole batches, counted as they stand"
    wait_for(lambda: harness.fresh(run).last_step > taken.last_step, 40, lambda: story(run))
    killed.end()
    assert harness.fresh(run).status == "running", "it was killed too late to prove anything"
    start_worker("third", pool="prefork")
    run = finished(run, 60)
    assert run.lease_epoch == 3, story(run)
    assert run.report["read"] == run.report["added"] == count, story(run)
    assert Prompt.objects.count() == count


def test_a_cancelled_import_ends_between_two_batches(people: Cast) -> None:
    run = hand_in(people, b"".join(questions(20_000)))

    def person() -> None:
        try:
            wait_for(lambda: harness.fresh(run).last_step >= 2000)
            cancel(run=run, actor=people.admin)
        finally:
            connection.close()

    thread = Thread(target=person)
    thread.start()
    assert drive(run.id) == "ended"
    thread.join()
    ended = harness.fresh(run)
    assert ended.status == "cancelled", story(run)
    assert Prompt.objects.count() == ended.last_step < 20_000


def test_a_lease_lost_in_the_middle_of_a_batch_undoes_the_batch(
    people: Cast, monkeypatch: Any
) -> None:
    from workers import importing

    run = hand_in(people, b"".join(questions(2500)))
    real = importing.lifecycle.write
    batches = []

    def steal(lease: Any, **values: Any) -> None:
        batches.append(values)
        if len(batches) == 2:  # somebody else takes the run while this batch is being written
            Run.objects.filter(id=run.id).update(lease_epoch=lease.epoch + 1)
        real(lease, **values)

    monkeypatch.setattr(importing.lifecycle, "write", steal)
    assert drive(run.id) == "lease lost"
    assert Prompt.objects.count() == 1000
    assert harness.fresh(run).last_step == 1000
