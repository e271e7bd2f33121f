"""An import takes good lines, names bad ones, and after a kill goes on where it stopped."""

from __future__ import annotations

import gzip
import hashlib
import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from io import BytesIO
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from annotation.accounts.models import AuditEvent, User
from annotation.corpus.models import Completion, Prompt, PromptSet
from annotation.corpus.services import lock_corpus
from annotation.corpus.sets import drop_unfilled
from annotation.labeling.imports import planned_prompt_set, target_prompt_set
from annotation.labeling.models import Demonstration, Item, Ranking, Slot
from annotation.runs.models import Run, RunIssue, Upload
from annotation.runs.services import cancel, plans, receiving
from annotation.runs.services.uploads import create_import
from tests.cast import Cast, client_for
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
        "rules": {"bad_json": 1, "nan": 1, "nul": 1},
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


def test_rows_handed_in_without_a_plan_have_the_files_name_as_source(people: Cast) -> None:
    run = hand_in(people, b'{"id": "v1", "prompt": "Why?"}\n')
    drive(run.id)
    assert Prompt.objects.get().source == "rows"


def test_an_import_says_in_which_other_set_judgments_stand_already(people: Cast) -> None:
    rows = [{"prompt": f"Q{n}", "completions": ["a", "b"], "ranking": [[0], [1]]} for n in range(3)]
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    first = hand_in(people, b"".join(lines[:2]), "rankings", "oasst")
    drive(first.id)
    assert "already_elsewhere" not in harness.fresh(first).report
    # one of the two again, and one that is new
    second = hand_in(people, b"".join(lines[1:]), "rankings", "oasst_eval")
    drive(second.id)
    report = harness.fresh(second).report
    assert (report["added"], report["already"]) == (1, 1)
    assert report["already_elsewhere"] == {"oasst v1": 1}
    # and all three: what this set holds itself is not named
    third = hand_in(people, b"".join(lines), "rankings", "oasst_eval")
    drive(third.id)
    report = harness.fresh(third).report
    assert (report["already"], report["already_elsewhere"]) == (3, {"oasst v1": 2})


def checked(cast: Cast, body: bytes, name: str, **chosen: Any) -> Run:
    """A dry run over an upload that came in one piece, into a set that is not there."""
    upload = receiving.begin_upload(
        project=cast.project, user=cast.admin, filename=name, length=len(body)
    )
    receiving.receive(upload=upload, offset=0, data=body)
    plan = plans.plan_of(receiving.fresh(upload), chosen).plan
    run = receiving.start_import(
        upload=upload,
        user=cast.admin,
        kind=plan.kind,
        plan=plan.as_dict(),
        prompt_set=planned_prompt_set(project=cast.project, kind=plan.kind, name="New set"),
        dry_run=True,
    )
    assert drive(run.id) == "ended"
    return harness.fresh(run)


def everything() -> dict[str, int]:
    tables = (Prompt, PromptSet, Completion, Ranking, Demonstration, Item, Slot, User)
    return {table.__name__: table._default_manager.count() for table in tables}


def test_a_check_counts_what_an_import_would_do_and_writes_nothing(
    people: Cast, monkeypatch: Any
) -> None:
    monkeypatch.setattr("annotation.corpus.imports.BATCH_BYTES", 1)  # every row its own batch
    pair = {"prompt": "Q", "chosen": "a", "rejected": "b"}
    rows = [
        pair | {"id": 1},
        pair | {"id": 1},  # the same again, in a later batch
        pair | {"id": 1, "chosen": "c"},  # the same id, another pair
        pair | {"id": 2, "chosen": 5},
        pair | {"id": 3, "prompt": "Q2"},
    ]
    body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    before = everything()
    run = checked(people, body, "pairs.jsonl")
    assert run.status == "succeeded", story(run)
    counts = {"read": 5, "added": 2, "already": 1, "refused": 2}
    assert {name: run.report[name] for name in counts} == counts
    issues = list(RunIssue.objects.filter(run=run).order_by("line").values_list("line", "field"))
    assert issues == [(3, "id"), (4, "chosen")]
    assert everything() == before
    assert run.upload is not None
    assert run.upload.path.is_file(), "the import uses the same upload"
    real = receiving.start_import(
        upload=run.upload,
        user=people.admin,
        kind="rankings",
        plan=run.config["plan"],
        prompt_set=target_prompt_set(
            actor=people.admin, project=people.project, kind="rankings", name="New set"
        ),
        dry_run=False,
    )
    assert drive(real.id) == "ended"
    real = harness.fresh(real)
    assert {name: real.report[name] for name in counts} == counts, "as the check said"
    assert Ranking.objects.count() == 2
    assert receiving.fresh(run.upload).sha256 == hashlib.sha256(body).hexdigest()
    assert receiving.clean_uploads() == 1


BAD_PROMPT, BAD_RANKING = b'{"prompt": 7}\n', b'{"prompt": "Q", "completions": ["a"]}\n'


def into_a_new_set(cast: Cast, body: bytes, kind: str, key: UUID | None = None) -> Run:
    return create_import(
        project=cast.project,
        user=cast.admin,
        kind=kind,
        filename="rows.jsonl",
        read=BytesIO(body).read,
        length=len(body),
        prompt_set=planned_prompt_set(project=cast.project, kind=kind, name="Mistaken"),
        idempotency_key=key,
    )


@pytest.mark.parametrize(("kind", "row"), [("prompts", BAD_PROMPT), ("rankings", BAD_RANKING)])
def test_an_import_without_a_good_row_leaves_only_its_record_and_what_was_wrong(
    people: Cast, kind: str, row: bytes
) -> None:
    before, key = everything(), uuid4()
    run = into_a_new_set(people, row, kind, key)
    assert run.prompt_set is not None
    assert drive(run.id) == "ended"
    run = harness.fresh(run)
    assert (run.status, run.report["refused"], run.prompt_set) == ("succeeded", 1, None), story(run)
    assert RunIssue.objects.filter(run=run).count() == 1
    assert everything() == before
    acts = AuditEvent.objects.filter(object_type="PromptSet").values_list("action", flat=True)
    assert set(acts) == {"prompt_set.created", "prompt_set.dropped"}
    assert into_a_new_set(people, row, kind, key) == run, (
        "the same request again is the same import"
    )
    assert everything() == before


def test_a_set_stays_for_an_import_that_may_still_fill_it_and_where_it_was_there_before(
    people: Cast,
) -> None:
    mistaken = into_a_new_set(people, BAD_PROMPT, "prompts")
    waiting = into_a_new_set(people, BAD_PROMPT, "prompts")
    drive(mistaken.id)
    assert harness.fresh(mistaken).prompt_set == harness.fresh(waiting).prompt_set is not None
    cancel(run=waiting, actor=people.admin)
    assert waiting.upload is not None
    assert harness.fresh(waiting).prompt_set is not None, "it can be taken up again"
    receiving.discard(upload=waiting.upload, actor=people.admin)
    assert not PromptSet.objects.exists()
    drive(hand_in(people, BAD_PROMPT, name="Made by hand").id)
    assert PromptSet.objects.get().name == "Made by hand"


@contextmanager
def batch_of_another(cast: Cast, seconds: float) -> Iterator[None]:
    """Somebody else's import is in the middle of a batch, longer than requests wait for a lock (3 s)."""
    has_begun = Event()

    def write() -> None:
        try:
            with transaction.atomic():
                lock_corpus(cast.project.pk)
                has_begun.set()
                time.sleep(seconds)
        finally:
            connection.close()

    thread = Thread(target=write)
    thread.start()
    has_begun.wait()
    yield
    thread.join()


def test_an_import_without_a_good_row_ends_well_beside_a_long_batch_of_another(
    people: Cast, monkeypatch: Any
) -> None:
    from workers import importing

    real = importing.run_import
    run = into_a_new_set(people, BAD_PROMPT, "prompts")
    with ExitStack() as stack:

        def and_another_goes_on(*args: Any, **more: Any) -> Any:
            counts = real(*args, **more)
            stack.enter_context(batch_of_another(people, 5))  # longer than the lease as well
            return counts

        monkeypatch.setattr(importing, "run_import", and_another_goes_on)
        assert drive(run.id) == "ended"
    run = harness.fresh(run)
    assert (run.status, run.prompt_set, run.tries) == ("succeeded", None, 1), story(run)


def test_a_file_that_is_here_is_taken_in_beside_a_long_batch_of_another(people: Cast) -> None:
    with batch_of_another(people, 3.5):
        run = into_a_new_set(people, BAD_PROMPT, "prompts")
    assert run.prompt_set is not None


def test_a_file_that_came_in_pieces_is_imported_or_discarded_beside_a_long_batch_of_another(
    people: Cast,
) -> None:
    upload = receiving.begin_upload(
        project=people.project, user=people.admin, filename="q.jsonl", length=len(BAD_PROMPT)
    )
    receiving.receive(upload=upload, offset=0, data=BAD_PROMPT)
    admin, wish = client_for(people.admin), {"prompt_set_name": "In pieces", "dry_run": False}
    with batch_of_another(people, 5):
        made = admin.post(f"/api/v1/uploads/{upload.pk}/imports", wish, format="json")
    assert made.status_code == 202, made.content
    cancel(run=Run.objects.get(pk=made.json()["id"]), actor=people.admin)
    with batch_of_another(people, 5):  # with the set that the import made
        assert admin.delete(f"/api/v1/uploads/{upload.pk}").status_code == 204
    assert not PromptSet.objects.exists()


def test_an_empty_set_that_is_dropped_while_the_file_comes_is_made_again(people: Cast) -> None:
    into_a_new_set(people, BAD_PROMPT, "prompts")
    found = planned_prompt_set(project=people.project, kind="prompts", name="Mistaken")
    assert found.pk is not None
    assert PromptSet.objects.filter(pk=found.pk).exists()
    body = BytesIO(BAD_PROMPT)

    def read(size: int) -> bytes:
        Run.objects.filter(prompt_set=found).update(prompt_set=None)
        drop_unfilled(actor=None, prompt_set=PromptSet.objects.get(pk=found.pk))
        return body.read(size)

    run = create_import(
        project=people.project,
        user=people.admin,
        kind="prompts",
        filename="rows.jsonl",
        read=read,
        length=len(BAD_PROMPT),
        prompt_set=found,
    )
    assert run.prompt_set is not None
    assert (run.prompt_set.name, run.prompt_set.pk == found.pk) == ("Mistaken", False)


def test_old_uploads_are_let_go_of_beside_a_long_batch_of_another(people: Cast) -> None:
    run = into_a_new_set(people, BAD_PROMPT, "prompts")
    cancel(run=run, actor=people.admin)
    long_ago = timezone.now() - timedelta(days=30)
    Run.objects.filter(pk=run.pk).update(finished_at=long_ago)
    Upload.objects.filter(pk=run.upload_id).update(touched_at=long_ago)
    with batch_of_another(people, 3.5):
        assert receiving.clean_uploads() == 1
    assert not PromptSet.objects.exists()


def test_one_upload_that_cannot_be_let_go_of_holds_up_no_other(
    people: Cast, monkeypatch: Any
) -> None:
    runs = [hand_in(people, BAD_PROMPT) for _ in range(3)]
    for run in runs:
        drive(run.id)

    def is_locked(run: Run) -> None:
        if run == runs[1]:
            raise OperationalError("canceling statement due to lock timeout")

    with monkeypatch.context() as patch:
        patch.setattr(receiving, "drop_set_of", is_locked)
        assert receiving.clean_uploads() == 2
    assert list(Upload.objects.filter(gone_at=None)) == [runs[1].upload]
    assert receiving.clean_uploads() == 1


def test_a_check_of_prompts_knows_rows_of_earlier_batches(people: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr("annotation.corpus.imports.BATCH_BYTES", 1)
    body = b"id,prompt,reference\n1,a,x\n1,b,x\n2,a,x\n3,a,y\n"
    run = checked(people, body, "prompts.csv")
    assert run.report["added"] == 1, story(run)
    issues = list(RunIssue.objects.filter(run=run).order_by("line").values_list("line", "field"))
    assert issues == [(3, "id"), (5, "prompt")]
    assert run.report["already"] == 1
    assert Prompt.objects.count() == 0


def test_an_import_goes_on_after_a_stop_and_after_a_kill_and_loses_and_doubles_nothing(
    start_worker: Callable[..., Worker], people: Cast
) -> None:
    told_to_stop = start_worker("first", pool="prefork").wait_until_ready()
    count = 25_000
    run = hand_in(people, b"".join(questions(count)))
    wait_for(lambda: harness.fresh(run).last_step >= 1000, 120, lambda: story(run))
    told_to_stop.signal(signal.SIGTERM)
    killed = start_worker("second", pool="prefork")
    wait_for(lambda: told_to_stop.process.poll() is not None, 60, lambda: told_to_stop.text)
    stopped = run.events.get(type="interrupted")
    assert stopped.payload["code"] == "worker_stopped"
    taken = harness.fresh(run)
    assert taken.report["read"] == taken.last_step < count, "whole batches, counted as they stand"
    wait_for(lambda: harness.fresh(run).last_step > taken.last_step, 120, lambda: story(run))
    killed.end()
    assert harness.fresh(run).status == "running", "it was killed too late to prove anything"
    start_worker("third", pool="prefork")
    run = finished(run, 240)
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
