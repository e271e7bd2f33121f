"""Training by itself: each tick once, however many schedulers; never two chains at a time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotation.accounts.models import AuditEvent
from annotation.corpus.models import PromptSet
from annotation.registry.services import promote, register_version
from annotation.runs.models import Run, Schedule, ScheduleTick
from annotation.runs.services import schedules
from tests.annotation.registry.models import write_model
from tests.annotation.runs.judgments import add_rankings
from tests.cast import Cast, assemble, client_for


def make(cast: Cast, **wish: Any) -> Schedule:
    prompts = PromptSet.objects.create(project=cast.project, name="rl", purpose="rl", language="en")
    return schedules.create_schedule(
        **{
            "project": cast.project,
            "actor": cast.ml,
            "name": "nightly",
            "trigger": "interval",
            "every": 3600,
            "starts_at": timezone.now() - timedelta(minutes=90),
            "prompt_set": prompts,
            **wish,
        }
    )


def with_policy(cast: Cast, folder: Path) -> None:
    version = register_version(project=cast.project, directory=write_model(folder), name="base")
    promote(version=version, actor=cast.ml)


@pytest.mark.django_db(transaction=True)
def test_three_schedulers_fire_a_tick_once(tmp_path: Path) -> None:
    cast = assemble()
    with_policy(cast, tmp_path / "m")
    schedule = make(cast)
    barrier = Barrier(3)
    fired: list[int] = []

    def scheduler() -> None:
        try:
            barrier.wait()
            for _ in range(5):
                fired.append(schedules.fire_due())
        finally:
            connection.close()

    threads = [Thread(target=scheduler) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(fired) == 1
    assert [tick.due for tick in ScheduleTick.objects.all()] == [1]
    chain = list(Run.objects.filter(schedule=schedule).order_by("number"))
    assert [(run.kind, run.status) for run in chain] == [
        ("export", "queued"),
        ("reward", "blocked"),
        ("ppo", "blocked"),
    ]
    assert chain[1].waits_for == chain[0]
    assert chain[2].waits_for == chain[1]


@pytest.mark.django_db
def test_no_second_chain_starts_while_one_is_under_way_and_missed_ticks_are_not_made_up(
    cast: Cast, tmp_path: Path
) -> None:
    with_policy(cast, tmp_path / "m")
    schedule = make(cast, starts_at=timezone.now() - timedelta(seconds=90), every=60)
    assert schedules.fire_due() == 1
    Schedule.objects.filter(id=schedule.id).update(
        starts_at=timezone.now() - timedelta(seconds=330)
    )
    assert schedules.fire_due() == 0
    for run in Run.objects.filter(schedule=schedule).order_by("number"):
        Run.objects.filter(id=run.id).update(status="cancelled")
    assert schedules.fire_due() == 1
    assert sorted(ScheduleTick.objects.values_list("due", flat=True)) == [1, 5]
    assert Run.objects.filter(schedule=schedule).count() == 6


@pytest.mark.django_db
def test_nothing_fires_before_its_time_or_when_switched_off_or_paused(
    cast: Cast, tmp_path: Path
) -> None:
    with_policy(cast, tmp_path / "m")
    schedule = make(cast, starts_at=timezone.now() + timedelta(minutes=5))
    assert schedules.fire_due() == 0
    Schedule.objects.filter(id=schedule.id).update(starts_at=timezone.now() - timedelta(hours=2))
    schedules.set_active(schedule=schedule, is_active=False, actor=cast.ml)
    assert schedules.fire_due() == 0
    schedules.set_active(schedule=schedule, is_active=True, actor=cast.ml)
    cast.project.state = "paused"
    cast.project.save()
    assert schedules.fire_due() == 0


@pytest.mark.django_db
def test_a_tick_that_cannot_be_served_is_told_once(cast: Cast) -> None:
    make(cast)  # there is no promoted policy
    assert [schedules.fire_due() for _ in range(3)] == [1, 0, 0]
    event = AuditEvent.objects.get(action="schedule.refused")
    assert event.after is not None
    assert "no promoted policy" in str(event.after["errors"])
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_a_schedule_of_judgments_counts_what_was_judged_since(cast: Cast) -> None:
    schedule = make(cast, trigger="judgments", every=3, starts_at=None)
    assert schedules.due_number(schedule) is None
    add_rankings(cast, 2)
    assert schedules.due_number(schedule) is None
    add_rankings(cast, 5, name="More")
    assert schedules.due_number(schedule) == 2


@pytest.mark.django_db
def test_a_schedule_is_checked_when_it_is_made_not_in_the_night(cast: Cast) -> None:
    prompts = PromptSet.objects.create(project=cast.project, name="rl", purpose="rl", language="en")
    wrong = PromptSet.objects.create(
        project=cast.project, name="rm", purpose="reward", language="en"
    )
    client, path = client_for(cast.ml), f"/api/v1/projects/{cast.project.id}/schedules"
    good = {"name": "n", "trigger": "interval", "every": 3600, "prompt_set": str(prompts.id)}
    for change, field in (
        ({"reward_config": {"epochs": 0}}, "config.epochs"),
        ({"ppo_config": {"kl": 1}}, "config.kl"),
        ({"every": 5}, "every"),
        ({"trigger": "moon"}, "trigger"),
        ({"prompt_set": str(wrong.id)}, "prompt_set"),
    ):
        answer = client.post(path, {**good, **change}, format="json")
        assert answer.status_code == 400
        assert [e["field"] for e in answer.json()["errors"]] == [field]
    made = client.post(path, good, format="json")
    assert made.status_code == 201
    assert made.json()["ppo_config"]["kl_coefficient"] == 0.05
    assert client.post(path, good, format="json").status_code == 409
    one = f"/api/v1/schedules/{made.json()['id']}"
    assert client.patch(one, {"is_active": False}, format="json").json()["is_active"] is False
    assert client.delete(one).status_code == 204
    assert client.get(path).json() == []
