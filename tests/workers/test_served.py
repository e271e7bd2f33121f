"""Policies that a server runs, with a real worker and a real server: asked, paced, and never told of a key."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.db import connection, transaction
from django.utils import timezone

from annotation.corpus.models import Completion, PromptSet, SamplingPlan
from annotation.labeling.models import ChatTurn
from annotation.lib import hints
from annotation.lib.errors import Conflict, Invalid
from annotation.lib.servers import ModelServer as Named
from annotation.lib.servers import parsed
from annotation.registry.models import ModelVersion
from annotation.registry.services import add_served, promote
from annotation.runs.models import Run, Trial
from annotation.runs.services import create_run, lifecycle, trying
from annotation.runs.services.reconcile import reconcile
from annotation.runs.services.serving import register_served
from annotation.runs.services.trials import ask, send_to_labelers
from annotation.runs.services.trying import TrialLease, tell_parts
from rewardmodel.errors import Refused
from tests.annotation.labeling.work import add_prompt, prompt_set
from tests.cast import Cast, client_for
from tests.model_server import KEY, MODEL, ModelServer, serving
from tests.rewardmodel.conftest import tiny_policy
from tests.workers import harness
from tests.workers.harness import Worker, wait_for
from tests.workers.talking import PATIENCE_S, open_chat, story
from workers import chatting, playing
from workers.served import sampling
from workers.served.answers import NoAnswer
from workers.served.asking import Asked, Unavailable, Wish
from workers.supervisor import drive

QUESTION = [{"role": "user", "content": "the cat"}]
PUBLISH = hints._publish


@pytest.fixture(scope="module")
def box() -> Iterator[ModelServer]:
    with serving(tiny_policy()) as server:
        yield server


@pytest.fixture
def named(settings: Any, box: ModelServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, Named]:
    """The deployment names the server; this process is web and worker in one, so it has the key."""
    monkeypatch.setenv("BOX_KEY", KEY)
    monkeypatch.setattr(hints, "_publish", lambda *_: None)
    box.hold = None  # a test that failed may have left it
    box.faults.clear()
    box.asked.clear()
    box.answered.clear()
    settings.MODEL_SERVERS = parsed(json.dumps([box.entry()]))
    return dict(settings.MODEL_SERVERS)


@pytest.fixture
def served(people: Cast, named: dict[str, Named]) -> ModelVersion:
    run = register_served(
        project=people.project, actor=people.ml, server="box", model=MODEL, name="Tiny, served"
    )
    version = worked(run).output_version
    assert version is not None
    return version


@pytest.fixture
def prompts(people: Cast) -> PromptSet:
    for text in ("the cat", "the dog", "the sun", "the cat sat on the mat " * 12):
        add_prompt(people.project, text)
    return prompt_set(people.project)


@pytest.fixture
def down(box: ModelServer, served: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> ModelServer:
    """The server answers nobody any more, and runs have little patience."""
    monkeypatch.setattr(sampling, "RUNS_WAIT_S", 0.1)
    box.faults.extend(["500"] * 1000)
    return box


def worked(run: Run, status: str = "succeeded") -> Run:
    """Let a worker's supervisor take it, here."""
    drive(run.pk)
    found = harness.fresh(run)
    assert found.status == status, harness.story(run)
    return found


def file_of(people: Cast, run: Run, name: str) -> list[str]:
    """The lines of a file that was kept with the run, as the ML engineer downloads it."""
    answer = client_for(people.ml).get(f"/api/v1/runs/{run.pk}/files/{name}")
    return b"".join(answer.streaming_content).decode().splitlines()


def plan_of(people: Cast, **more: Any) -> SamplingPlan:
    plain = {"name": str(uuid4()), "strategy": "sample", "n": 2, "max_new_tokens": 5, "top_k": 4}
    return SamplingPlan.objects.create(project=people.project, **{**plain, **more})


def sampled(people: Cast, served: ModelVersion, prompts: PromptSet, n: int = 2, **more: Any) -> Run:
    plan = plan_of(people, n=n)
    return create_run(
        project=people.project,
        kind="sample",
        requested_by=people.ml,
        policy_version=served,
        prompt_set=prompts,
        plan=plan,
        **more,
    )


def test_a_killed_run_never_asks_again_for_what_is_stored(
    people: Cast,
    named: dict[str, Named],
    prompts: PromptSet,
    box: ModelServer,
    start_worker: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = {"id": MODEL, "object": "model", "owned_by": "vllm"}
    with transaction.atomic():
        served, _ = add_served(
            project=people.project,
            name="Tiny, served",
            served={"server": "box", "model": MODEL, "said": said},
            actor=people.ml,
        )
    box.hold = threading.Semaphore(3)
    monkeypatch.setenv("MODEL_SERVERS", json.dumps([box.entry()]))
    monkeypatch.setattr(hints, "_publish", PUBLISH)  # to a worker of its own
    dying = start_worker("dying").wait_until_ready()
    run = sampled(people, served, prompts, n=4)
    there = Completion.objects.filter(policy_version=served)
    wait_for(lambda: there.count() == 3, PATIENCE_S, lambda: harness.story(run))
    dying.kill()
    stored = {row.pk: row.text for row in there}
    answered = list(box.answered)
    box.hold = None
    wait_for(lambda: reconcile() and harness.fresh(run).status == "queued", PATIENCE_S)
    worked(run)

    assert there.all().count() == 12
    assert {row.pk: row.text for row in there.filter(pk__in=stored)} == stored
    seeds = [body["seed"] for _, body in box.asked]
    assert [seeds.count(seed) for seed in answered] == [1, 1, 1]
    # two are asked for at once: a second may be on its way before the first is refused
    too_long = len(set(seeds)) - 12
    assert 1 <= too_long <= 2, "of four that do not fit, two are never asked for"


def test_a_sampling_run_draws_from_a_server_through_its_faults_and_nobody_learns_the_key(
    people: Cast,
    served: ModelVersion,
    prompts: PromptSet,
    box: ModelServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level("DEBUG")
    box.faults.extend(["429", "500", "closed", ""])
    run = worked(sampled(people, served, prompts, make_items={"k": 2, "needed": 1}))

    # three prompts by two; the fourth does not fit into the context of 128
    assert run.report["completions"] == 6
    assert run.report["left_out_because"] == {"too_long": 1}
    assert run.report["requests"] >= 6 + 3 + 1
    assert run.left_out == {"rows": "prompts", "left_out": 1, "used_in_part": 0, "of": 4}
    drawn = [json.loads(line) for line in file_of(people, run, "completions.jsonl")]
    stored = Completion.objects.filter(policy_version=served)
    assert {(row["prompt_id"], row["sample_index"], row["text"]) for row in drawn} == {
        (str(row.prompt_id), row.sample_index, row.text) for row in stored
    }
    [unused] = [json.loads(line) for line in file_of(people, run, "left_out.jsonl")]
    assert (unused["part"], unused["what"]) == ("prompts", "prompts passed over")
    rows = Completion.objects.filter(policy_version=served)
    assert {row.finish_reason for row in rows} <= {"stop", "length"}
    assert all(0 < (row.token_count or 0) <= 5 for row in rows)
    assert all(body["top_k"] == 4 and body["max_tokens"] == 5 for _, body in box.asked)
    asked = len(box.asked)
    slow = min(at for at, _ in box.asked)
    assert max(at for at, _ in box.asked) - slow >= 1.0, "Retry-After asked for a second"

    # another run of the same plan finds everything there
    again = create_run(
        project=people.project,
        kind="sample",
        policy_version=served,
        prompt_set=prompts,
        plan=run.plan,
    )
    assert worked(again).report["completions"] == 6
    assert len(box.asked) - asked <= 2, "only what was left out is asked for again"

    # a server that refuses, and repeats the key while doing so
    wrong = "sk-wrong-and-secret-1234"
    monkeypatch.setenv("BOX_KEY", wrong)
    refused = worked(sampled(people, served, prompts), "failed")
    assert (refused.error_code, "[hidden]" in refused.error_message) == ("server_refused", True)
    told = served.served
    assert told == {
        "server": "box",
        "model": MODEL,
        "said": {"id": MODEL, "object": "model", "owned_by": "vllm"},
    }
    everything = _dump()
    assert "Tiny, served" in everything
    for key in (KEY, wrong):
        assert key not in everything
        assert key not in caplog.text


def test_a_run_outlasts_a_server_that_is_down_and_leaves_its_worker_to_others_meanwhile(
    people: Cast, served: ModelVersion, prompts: PromptSet, down: ModelServer
) -> None:
    run = sampled(people, served, prompts)
    for tries in range(1, 12):
        waiting = worked(run, "queued")
        assert (waiting.tries, waiting.error_code) == (tries, "")
        assert waiting.next_try_at > timezone.now()
        _due_now(run)
    down.faults.clear()
    assert worked(run).report["completions"] == 6


def test_what_ends_the_last_try_does_not_shorten_how_long_a_run_outlasts_its_server(
    people: Cast, served: ModelVersion, prompts: PromptSet, down: ModelServer
) -> None:
    run = sampled(people, served, prompts)
    for _ in range(4):
        worked(run, "queued")
        _due_now(run)
    assert lifecycle.claim(run.pk, "a worker that is lost") is not None
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    reconcile()
    assert harness.fresh(run).status == "queued", "4 tries of the server and one more"
    _due_now(run)
    lease = lifecycle.claim(run.pk, "a worker without its storage")
    assert lease is not None
    lifecycle.release(lease, code="storage_failed", message="the bucket does not answer")
    assert harness.fresh(run).status == "queued"
    down.faults.clear()
    _due_now(run)
    assert worked(run).report["completions"] == 6


def test_a_run_under_a_quota_comes_back_when_the_server_asked_for_it_as_often_as_it_takes(
    people: Cast,
    served: ModelVersion,
    prompts: PromptSet,
    box: ModelServer,
    named: dict[str, Named],
    settings: Any,
    broker: str,
) -> None:
    settings.REDIS_URL = broker
    shared = redis.Redis.from_url(broker)
    run = sampled(people, served, prompts)
    Run.objects.filter(pk=run.pk).update(tries=lifecycle.TRIES)  # as if it went on so for long
    for number, (asked_for, least, most) in enumerate([("120", 100, 120), ("86400", 880, 900)], 1):
        box.faults.extend(["", f"429 {asked_for}", f"429 {asked_for}"])
        waiting = worked(run, "queued")
        assert Completion.objects.filter(policy_version=served).count() == number
        assert waiting.tries_without_progress == 0
        assert least < (waiting.next_try_at - timezone.now()).total_seconds() <= most
        sent = len(box.asked)
        with _asked(named["box"]) as asked, pytest.raises(Unavailable, match="wait another") as no:
            asked.complete(_wish())
        assert least < no.value.after <= most
        assert len(box.asked) == sent, "a pause that the server asked for holds for all"
        box.faults.clear()
        shared.flushdb()
        _due_now(run)
    assert worked(run).report["completions"] == 6


def test_a_run_that_was_answered_nothing_keeps_the_list_of_what_it_left_out(
    people: Cast, served: ModelVersion, box: ModelServer
) -> None:
    add_prompt(people.project, "the cat sat on the mat " * 12)
    run = worked(sampled(people, served, prompt_set(people.project)), "failed")
    assert run.error_code == "nothing_answered"
    assert run.left_out == {"rows": "prompts", "left_out": 1, "used_in_part": 0, "of": 1}
    [unused] = [json.loads(line) for line in file_of(people, run, "left_out.jsonl")]
    assert unused["what"] == "prompts passed over"


def _due_now(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(next_try_at=timezone.now() - timedelta(seconds=1))


def _dump() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        texts = []
        for name in tables:
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{name}" t')
            texts += [text for (text,) in cursor.fetchall()]
    return "\n".join(texts)


def test_the_playground_shows_a_served_policy_as_it_writes(
    people: Cast, served: ModelVersion, box: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.faults.append("cut")
    partial = []

    def tell(lease: TrialLease, parts: list[dict[str, Any]]) -> None:
        partial.append([one["text"] for one in parts[0]["completions"]])
        tell_parts(lease, parts)

    monkeypatch.setattr(trying, "tell_parts", tell)
    trial = _trial(people, served)
    found = _played(trial)
    [part] = found.parts
    [one] = part["completions"]
    assert part["is_served"] is True
    assert any(
        text[0] and one["text"].startswith(text[0]) and text[0] != one["text"] for text in partial
    )
    assert len(one["steps"]) == one["tokens"] == 12
    step = one["steps"][0]
    assert step["rank"] is not None
    assert len(step["others"]) >= 4
    assert step["kept"] is None
    assert one["log_prob"] < 0
    told = client_for(people.ml).get(f"/api/v1/trials/{trial.pk}").json()
    assert told["parts"][0]["completions"][0]["finish_reason"] == one["finish_reason"]

    box.with_probabilities = False
    try:
        quiet = _played(_trial(people, served))
    finally:
        box.with_probabilities = True
    assert quiet.parts[0]["completions"][0]["steps"] == []
    assert quiet.parts[0]["completions"][0]["log_prob"] is None


def _trial(people: Cast, version: ModelVersion) -> Trial:
    return ask(
        project=people.project,
        user=people.ml,
        client_uuid=uuid4(),
        messages=QUESTION,
        policies=[version.pk],
        rewards=[],
        decoding={"strategy": "sample", "n": 1, "max_new_tokens": 12, "seed": 7},
    )


def _played(trial: Trial) -> Trial:
    playing.answer(trial.pk)
    found = Trial.objects.get(pk=trial.pk)
    assert (found.state, found.error_message) == ("done", "")
    return found


def test_a_labeler_chats_with_a_served_policy(
    people: Cast, served: ModelVersion, box: ModelServer
) -> None:
    talk = open_chat(people, served)
    talk.say("the cat")
    chatting.answer(ChatTurn.objects.get().pk)
    assert talk.turn()["state"] == "ready", story()
    rows = Completion.objects.filter(policy_version=served)
    assert rows.count() == 3
    assert [body.get("stream") for _, body in box.asked] == [None] * 3


def test_another_model_behind_the_name_is_noticed(
    people: Cast, served: ModelVersion, prompts: PromptSet, box: ModelServer
) -> None:
    same = register_served(
        project=people.project, actor=people.ml, server="box", model=MODEL, name="again"
    )
    assert worked(same).report == {"version": str(served.pk), "number": 1, "is_new": False}
    before = dict(box.said)
    box.said["root"] = "/models/another"
    try:
        run = worked(sampled(people, served, prompts), "failed")
    finally:
        box.said.clear()
        box.said.update(before)
    assert run.error_code == "another_model"
    assert not Completion.objects.filter(policy_version=served).exists()


# --- without a worker ---------------------------------------------------------------------------------


def _asked(server: Named, patience_s: float = 20) -> Asked:
    return Asked(server, MODEL, patience_s=patience_s, halt=lambda: None)


def _wish(tokens: int = 3) -> Wish:
    return Wish(QUESTION, {"max_tokens": tokens, "temperature": 1.0}, seed=1)


def test_workers_share_a_servers_pace(
    box: ModelServer,
    named: dict[str, Named],
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    broker: str,
) -> None:
    """Two processes' worth of askers, five requests a minute: the sixth waits for the first to be a minute old."""
    settings.REDIS_URL = broker
    server = named["box"].model_copy(update={"requests_per_minute": 5})
    stop = threading.Event()

    def halt() -> None:
        if stop.is_set():
            raise Unavailable("the test is over")

    def keep_asking() -> None:
        with Asked(server, MODEL, patience_s=20, halt=halt) as asked:
            try:
                while True:
                    asked.complete(_wish())
            except Unavailable:
                return

    threads = [threading.Thread(target=keep_asking) for _ in range(2)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(box.asked) >= 5, PATIENCE_S)
    time.sleep(1)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(box.asked) == 5


def test_what_a_server_cannot_or_will_not_do_is_told_without_the_key(
    box: ModelServer, named: dict[str, Named], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = named["box"]
    monkeypatch.delenv("BOX_KEY")
    with pytest.raises(Refused, match="no key of the server box: its variable BOX_KEY is empty"):
        _asked(server)
    wrong = "sk-wrong-and-secret-1234"
    monkeypatch.setenv("BOX_KEY", wrong)
    with _asked(server) as asked, pytest.raises(Refused, match="answered 401") as refused:
        asked.complete(_wish())
    assert wrong not in str(refused.value)
    assert "[hidden]" in str(refused.value)
    monkeypatch.setenv("BOX_KEY", KEY)
    box.faults.extend(["500"] * 9)
    with _asked(server, 0.1) as asked, pytest.raises(Unavailable, match="answered 500: boom"):
        asked.complete(_wish())
    box.faults.clear()
    with _asked(server) as asked, pytest.raises(NoAnswer) as none:
        asked.complete(_wish(tokens=1000))
    assert none.value.rule == "too_long"
    nobody = server.model_copy(update={"url": "http://127.0.0.1:9/v1"})
    with _asked(nobody, 0.1) as asked, pytest.raises(Unavailable, match="ConnectError"):
        asked.complete(_wish())


def test_a_served_policy_is_never_where_weights_are_needed(
    people: Cast, served: ModelVersion, prompts: PromptSet
) -> None:
    client = client_for(people.ml)
    archive = client.get(f"/api/v1/versions/{served.pk}/archive")
    assert (archive.status_code, archive.json()["code"]) == (409, "served_policy")
    with pytest.raises(Conflict, match="no weights here"):
        promote(version=served, actor=people.ml)
    for kind in ("sft", "ppo", "evaluate"):
        with pytest.raises(Invalid) as refused:
            create_run(project=people.project, kind=kind, policy_version=served)
        assert "needs weights, and a server runs this policy" in str(refused.value.details)
    beam = plan_of(people, strategy="beam", num_beams=4, top_k=0, n=2)
    with pytest.raises(Invalid) as unsupported:
        create_run(
            project=people.project,
            kind="sample",
            policy_version=served,
            prompt_set=prompts,
            plan=beam,
        )
    assert "does not understand strategy" in str(unsupported.value.details)
    elsewhere = {"server": "http://169.254.169.254/", "model": MODEL, "name": "x"}
    refusal = client.post(
        f"/api/v1/projects/{people.project.pk}/served-versions", elsewhere, format="json"
    )
    assert (refusal.status_code, refusal.json()["code"]) == (422, "no_server")
    [told] = client.get(f"/api/v1/projects/{people.project.pk}/model-servers").json()
    assert set(told) == {
        *("name", "kind", "models", "concurrency", "unsupported"),
        *("requests_per_minute", "tokens_per_minute"),
    }


def test_what_a_server_had_not_ended_is_not_sent_to_labelers(
    people: Cast, served: ModelVersion
) -> None:
    trial = _trial(people, served)
    half = {
        "text": "half",
        "tokens": None,
        "finish_reason": None,
        "log_prob": None,
        "scores": [],
        "steps": [],
    }
    Trial.objects.filter(pk=trial.pk).update(
        state="cancelled",
        finished_at="2026-01-01T00:00:00Z",
        lease_until=None,
        parts=[{"policy": str(served.pk), "seconds": 1, "completions": [half, half]}],
    )
    with pytest.raises(Invalid):
        send_to_labelers(trial=trial, actor=people.ml, chosen=[(0, 0), (0, 1)])
