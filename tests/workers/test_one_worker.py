"""What one worker does with a run: once, in order, stopped when asked, given up with words."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection

from annotation.corpus.models import SamplingPlan
from annotation.lib import presence
from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.runs import dispatch
from annotation.runs.models import DatasetSnapshot, Run
from annotation.runs.services import cancel, create_run, retry
from tests.annotation.labeling.work import add_prompt
from tests.cast import Cast
from tests.workers import harness
from tests.workers.harness import Worker, finished, lines, story, until, wait_for
from tests.workers.test_closed_loop import prompt_set
from workers.translate import run_directory

Behave = Callable[..., None]


@pytest.fixture(scope="module")
def worker(
    django_db_setup: None,
    django_db_blocker: object,
    tmp_path_factory: pytest.TempPathFactory,
    broker: str,
    artifacts: Path,
) -> Iterator[Worker]:
    """One worker for this module; the database is emptied under it between tests."""
    env = harness.environment(artifacts, broker, harness.STAND_IN)
    worker = Worker(tmp_path_factory.mktemp("log") / "shared.log", env).wait_until_ready()
    yield worker
    worker.end()


@pytest.fixture
def reward_run(
    worker: Worker, people: Cast, policy: ModelVersion, snapshot: DatasetSnapshot
) -> Callable[[], Run]:
    def start() -> Run:
        return create_run(
            project=people.project,
            kind="reward",
            policy_version=policy,
            snapshot=snapshot,
            requested_by=people.ml,
        )

    return start


def starts(run: Run) -> list[dict[str, object]]:
    return lines(run_directory(run.id) / "starts.jsonl")


def steps(run: Run) -> list[int]:
    return [line["step"] for line in lines(run_directory(run.id) / "steps.jsonl")]


def test_a_run_ends_in_a_version_with_lineage_metrics_and_report(
    reward_run: Callable[[], Run], policy: ModelVersion, behaviour: Behave
) -> None:
    alarm = {"code": "length", "stops": False, "since": 1, "step": 5, "figures": {"now": 9}}
    behaviour(
        tells=[["memory", {"total_bytes": 7}], ["alarm", alarm], ["alarm", {**alarm, "since": 2}]]
        + [["alarm_end", {"code": "length", "step": 8, "until": 7}]],
        prints="token=abcdefghij in /srv/models/policy/weights",
    )
    run = finished(reward_run())
    assert run.alarms == [{**alarm, "message": None, "until": 7}]
    assert run.provenance == {"versions": {"torch": "none"}, "memory": {"total_bytes": 7}}
    assert run.log.text == "token=[hidden] in …/weights\n"
    version = run.output_version
    assert version is not None
    assert (version.kind, version.stage, version.parent) == ("reward", "reward", policy)
    assert (version.score_shift, version.score_scale) == (0.25, 2.0)
    assert version.metrics == {"accuracy": 0.75}
    store.verified(version.artifact)
    assert run.report == {"accuracy": 0.75}
    assert (run.progress_done, run.progress_total, run.phase) == (10, 10, "train")
    assert all(run.metrics.values_list("at", flat=True)), "when it was told"
    losses = list(run.metrics.order_by("step").values_list("step", "name"))
    assert losses == [(step, "loss") for step in range(1, 11)]
    assert [c.step for c in run.checkpoints.order_by("step")] == [2, 4, 6, 8, 10]
    assert len(starts(run)) == 1
    assert starts(run)[0]["nice"] == 10


def test_a_trainer_killed_midway_goes_on_and_finishes_once(
    reward_run: Callable[[], Run], behaviour: Behave
) -> None:
    behaviour(steps=20, step_s=0.1, checkpoint_every=5)
    run = reward_run()
    wait_for(lambda: harness.fresh(run).last_step >= 5)
    os.kill(int(str(starts(run)[0]["pid"])), signal.SIGKILL)
    run = finished(run)
    assert len(starts(run)) == 2
    assert steps(run).count(5) == 1, "it began after the checkpoint"
    assert set(steps(run)) == set(range(1, 21))
    assert run.lease_epoch == 2, story(run)
    assert ModelVersion.objects.filter(kind="reward").count() == 1
    assert run.metrics.filter(name="loss").count() == 20
    types = list(run.events.order_by("id").values_list("type", flat=True))
    assert types.count("succeeded") == 1
    assert types.index("interrupted") < types.index("queued") < types.index("succeeded")


def test_a_hint_delivered_ten_times_is_one_claim(
    reward_run: Callable[[], Run], behaviour: Behave
) -> None:
    behaviour(steps=6, step_s=0.2)
    run = reward_run()
    for _ in range(10):
        dispatch.send(dispatch.DRIVE, {"run_id": str(run.id)}, "train")
    run = finished(run)
    assert (run.lease_epoch, run.tries, len(starts(run))) == (1, 1, 1)
    for _ in range(10):  # late ones, about a run that has ended
        dispatch.send(dispatch.DRIVE, {"run_id": str(run.id)}, "train")
    other = finished(reward_run())
    assert other.lease_epoch == 1
    assert (harness.fresh(run).lease_epoch, len(starts(run))) == (1, 1)


def test_a_broker_that_loses_everything_loses_no_run(
    reward_run: Callable[[], Run], behaviour: Behave, broker: str
) -> None:
    behaviour(steps=15, step_s=0.1)
    runs = [reward_run() for _ in range(4)]  # two at work, two waiting
    until(runs[0], "running")
    wait_for(lambda: Run.objects.filter(status="running").count() == 2)
    redis.Redis.from_url(broker).flushdb()
    for run in runs:
        ended = finished(run)
        assert (ended.lease_epoch, len(starts(ended))) == (1, 1), story(run)
    assert ModelVersion.objects.filter(kind="reward").count() == 4


def test_a_queued_run_is_cancelled_at_once_and_never_starts(
    reward_run: Callable[[], Run], behaviour: Behave, people: Cast
) -> None:
    behaviour(steps=30, step_s=0.1)
    busy = [reward_run() for _ in range(2)]
    for run in busy:
        until(run, "running")
    waiting = reward_run()
    assert cancel(run=waiting, actor=people.ml).status == "cancelled"
    for run in busy:
        cancel(run=run, actor=people.ml)
        until(run, "cancelled")
    assert starts(waiting) == []


def test_a_running_run_saves_stops_and_can_be_taken_up_again(
    reward_run: Callable[[], Run], behaviour: Behave, people: Cast
) -> None:
    behaviour(steps=40, step_s=0.1, checkpoint_every=1)
    run = reward_run()
    wait_for(lambda: harness.fresh(run).last_step >= 3)
    asked = cancel(run=run, actor=people.ml)
    assert (asked.status, asked.cancel_requested_at is not None) == ("running", True)
    until(run, "cancelled")
    assert run.events.filter(type="trainer_interrupted").exists()
    behaviour(steps=40, step_s=0.0, checkpoint_every=1)
    retry(run=harness.fresh(run), actor=people.ml)
    finished(run)
    assert sorted(steps(run)) == list(range(1, 41)), "no step was done twice"


def test_three_tries_without_progress_end_in_failure_with_words(
    reward_run: Callable[[], Run], behaviour: Behave
) -> None:
    behaviour(crash=True, checkpoint_every=0)
    run = until(reward_run(), *harness.ENDED)
    assert (run.status, run.error_code, run.tries) == ("failed", "crashed", 3)
    assert "3 tries" in run.error_message
    assert "signal 9" in run.error_message
    assert len(starts(run)) == 3


def test_refused_settings_fail_at_once_in_the_trainers_words(
    reward_run: Callable[[], Run], behaviour: Behave
) -> None:
    behaviour(refuse="rankings.jsonl, line 3: completion 1 is placed twice")
    run = until(reward_run(), *harness.ENDED)
    assert (run.status, run.error_code, run.tries) == ("failed", "config_refused", 1)
    assert run.error_message == "rankings.jsonl, line 3: completion 1 is placed twice"


def test_what_waits_for_a_failed_run_fails_with_it_and_can_be_retried_after_it(
    reward_run: Callable[[], Run], behaviour: Behave, people: Cast, policy: ModelVersion
) -> None:
    prompts = add_prompt(people.project, "Why?", name="rl", purpose="rl").prompt_set
    behaviour(refuse="no")
    reward = reward_run()
    ppo = create_run(
        project=people.project,
        kind="ppo",
        policy_version=policy,
        prompt_set=prompts,
        waits_for=reward,
        requested_by=people.ml,
    )
    failed = until(ppo, *harness.ENDED)
    assert (failed.status, failed.error_code) == ("failed", "predecessor_failed")
    behaviour(steps=2, step_s=0)
    retry(run=harness.fresh(reward), actor=people.ml)
    made = finished(reward).output_version
    retry(run=harness.fresh(ppo), actor=people.ml)
    done = finished(ppo)
    assert done.reward_version == made
    assert done.output_version is not None
    assert (done.output_version.stage, done.output_version.parent) == ("rl", policy)


def test_a_database_that_drops_every_connection_interrupts_nothing(
    reward_run: Callable[[], Run], behaviour: Behave
) -> None:
    behaviour(steps=25, step_s=0.1)
    run = reward_run()
    wait_for(lambda: harness.fresh(run).last_step >= 2)
    dropped = 0
    for _ in range(3):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = %s",
                [harness.WORKERS_NAME],
            )
            dropped += cursor.fetchone()[0]
        time.sleep(0.4)
    assert dropped > 0
    run = finished(run)
    assert (run.lease_epoch, len(starts(run))) == (1, 1), story(run)
    assert run.metrics.count() == 25


def test_a_worker_says_that_it_is_there_and_holds_its_leases_by_that_name(
    reward_run: Callable[[], Run], broker: str, settings: Any
) -> None:
    run = finished(reward_run())
    settings.REDIS_URL = broker
    (there,) = wait_for(presence.present, seconds=60)
    assert there["name"].startswith("shared@")
    assert (there["queues"], there["at_once"]) == (["sample", "short", "train"], 2)
    owner = run.events.get(type="claimed").payload["owner"]
    assert owner.startswith(f"{there['name']}:")


def test_sampling_runs_follow_each_other_at_once(
    worker: Worker, people: Cast, policy: ModelVersion, behaviour: Behave
) -> None:
    """One at a time, and nobody waits for the reconciler: it never passes here."""
    behaviour(steps=4)
    prompts = prompt_set(people, "reward", 1)
    plan = SamplingPlan.objects.create(project=people.project, name="p", n=1, max_new_tokens=4)
    runs = [
        create_run(
            project=people.project,
            kind="sample",
            policy_version=policy,
            prompt_set=prompts,
            plan=plan,
            requested_by=people.ml,
        )
        for _ in range(3)
    ]
    wait_for(
        lambda: not Run.objects.exclude(status__in=harness.ENDED).exists(),
        40,
        lambda: "\n".join(map(story, runs)),
    )
    begun = [starts(run)[0]["at"] for run in runs]
    assert begun == sorted(begun)
