"""The health page and /metrics: what is there, what waits, and who may know it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from annotation.delivery import health
from annotation.lib import presence
from annotation.projects.models import Project
from annotation.runs.models import Run
from tests.annotation.labeling.work import Labeling, ranking_item, run_out
from tests.cast import Cast, client_for

pytestmark = pytest.mark.usefixtures("nobody_there")


def is_there(name: str, *queues: str, at_once: int = 1) -> None:
    now = timezone.now().isoformat()
    presence.say({"name": name, "queues": list(queues), "at_once": at_once, "started_at": now})


def run(project: Project, number: int, kind: str = "reward", **more: Any) -> Run:
    return Run.objects.create(
        project=project, number=number, kind=kind, config={}, idempotency_key=uuid4(), **more
    )


def running(project: Project, number: int, owner: str, lease: int = 60) -> Run:
    made = run(project, number)
    Run.objects.filter(id=made.id).update(
        status="running",
        lease_owner=owner,
        lease_until=timezone.now() + timedelta(seconds=lease),
        started_at=timezone.now(),
        phase="train",
    )
    return made


def answer(cast: Cast) -> Any:
    found = client_for(cast.ml).get(f"/api/v1/projects/{cast.project.id}/health")
    assert found.status_code == 200, found.content
    return found.json()


def codes(found: Any) -> set[tuple[str, str]]:
    return {(one["code"], one["about"]) for one in found["problems"]}


def test_who_is_there_is_known_and_who_is_missing_is_a_problem(cast: Cast) -> None:
    is_there("short@a", "short", at_once=2)
    is_there("train@a", "train")
    found = answer(cast)
    assert [one["name"] for one in found["workers"]] == ["short@a", "train@a"]
    assert codes(found) == {("no_worker", "sample"), ("no_scheduler", "")}
    is_there("sample@a", "sample")
    is_there("scheduler@a")
    assert codes(answer(cast)) == set()


def test_a_worker_is_shown_with_its_runs_and_of_other_projects_only_with_their_kind(
    cast: Cast,
) -> None:
    is_there("train@a", "train", at_once=2)
    own = running(cast.project, 4, "train@a:12:13")
    running(cast.other_project, 9, "train@a:12:14")
    (worker,) = answer(cast)["workers"]
    assert [(one["id"], one["number"], one["kind"]) for one in worker["runs"]] == [
        (str(own.id), 4, "reward"),
        (None, None, "reward"),
    ]


def test_a_silent_worker_stands_there_with_its_lease(cast: Cast) -> None:
    running(cast.project, 1, "train@gone:1:2", lease=-5)
    found = answer(cast)
    assert [(one["name"], one["seen_at"]) for one in found["workers"]] == [("train@gone", None)]
    assert found["leases"]["runs_overdue"] == 1
    assert ("lease_overdue", "") in codes(found)


def test_waiting_is_a_problem_only_where_a_hand_is_free(cast: Cast) -> None:
    is_there("train@a", "train")
    waits = run(cast.project, 1, next_try_at=timezone.now() - timedelta(minutes=5))
    (queue,) = [one for one in answer(cast)["queues"] if one["name"] == "train"]
    assert queue["runs_due"] == 1
    assert 300 <= queue["oldest_seconds"] < 360
    assert ("queue_late", "train") in codes(answer(cast))
    running(cast.project, 2, "train@a:1:2")
    assert ("queue_late", "train") not in codes(answer(cast))
    Run.objects.filter(id=waits.id).update(next_try_at=timezone.now() + timedelta(minutes=5))
    (queue,) = [one for one in answer(cast)["queues"] if one["name"] == "train"]
    assert (queue["runs_due"], queue["oldest_seconds"]) == (0, None)


def test_leases_of_labelers_are_counted_and_those_past_their_time_too(cast: Cast) -> None:
    ranking_item(cast.project)
    work = Labeling(cast.labeler, cast.project).work()
    assert health.leases()["slots"] == 1
    run_out(work)
    assert health.leases()["slots_overdue"] == 1


def test_a_broker_that_is_away_is_said_and_breaks_nothing(cast: Cast, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = answer(cast)
    assert found["broker_answers"] is False
    assert {one["messages"] for one in found["queues"]} == {None}
    assert ("broker_away", "") in codes(found)


def test_alarms_of_runs_are_counted_by_code_the_latest_on_the_page_and_all_for_prometheus(
    cast: Cast, settings: Any
) -> None:
    length = {"code": "length", "stops": False}
    run(cast.project, 1, alarms=[length, {"code": "diverging", "stops": True}])
    run(cast.other_project, 1, alarms=[length])
    old = run(cast.project, 2, alarms=[length])
    Run.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=8))
    assert answer(cast)["alarms"] == [
        {"code": "diverging", "runs": 1, "stopped": 1},
        {"code": "length", "runs": 2, "stopped": 0},
    ]
    settings.METRICS_TOKEN = "scrape-me"
    found = Client().get("/metrics", headers={"Authorization": "Bearer scrape-me"})
    text = found.content.decode()
    assert 'tiebreak_run_alarms_total{code="length",stopped_the_run="no"} 3.0' in text
    assert 'tiebreak_run_alarms_total{code="diverging",stopped_the_run="yes"} 1.0' in text


def test_metrics_are_for_who_has_the_token_and_name_no_project(cast: Cast, settings: Any) -> None:
    scraper = Client()
    assert scraper.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "scrape-me"
    assert scraper.get("/metrics").status_code == 401
    assert scraper.get("/metrics", headers={"Authorization": "Bearer no"}).status_code == 401
    run(cast.project, 1)
    scraper.get("/healthz")
    found = scraper.get("/metrics", headers={"Authorization": "Bearer scrape-me"})
    text = found.content.decode()
    assert found["Content-Type"].startswith("text/plain")
    assert 'tiebreak_queue_runs_due{queue="train"} 1.0' in text
    assert "tiebreak_database_up 1.0" in text
    assert 'tiebreak_http_request_seconds_count{method="GET",route="healthz",status="2xx"}' in text
    assert cast.project.name not in text
    assert str(cast.project.id) not in text
