"""Whoever reads Chinese is told in Chinese why a run ended, what was seen in it, and why a plan paused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.registry.models import ModelVersion
from annotation.runs.models import RoundPlan, Run
from annotation.runs.services import automatic, create_run, lifecycle
from annotation.runs.services.lifecycle import Lease
from tests.annotation.runs.loop import start
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db

NO_PROMPTS = "at least 2 usable prompts are needed, found 1"
ALARM = {
    "code": "diverging",
    "stops": False,
    "since": 8,
    "step": 16,
    "figures": {"name": "loss", "value": 9.5, "bound": 4.0},
    "message": "since step 8 loss is 9.5; at most 4 was expected: updates of this size throw away what "
    "earlier ones learnt. What to do: take a smaller learning_rate or a longer warm-up; fewer "
    "inner_epochs in a policy run.",
}


def read(cast: Cast, path: str, language: str, person: str = "ml") -> Any:
    client = client_for(getattr(cast, person))
    return client.get(f"/api/v1/{path}", headers={"accept-language": language}).json()


def under_way(cast: Cast) -> tuple[Run, Lease]:
    run = create_run(project=cast.project, kind="export")
    lease = lifecycle.claim(run.id, "w1")
    assert lease is not None
    return run, lease


def told(cast: Cast, run: Run, language: str) -> list[str]:
    """What the events of a run say in words, the last first."""
    events = read(cast, f"runs/{run.id}/events", language)["results"]
    return [one["payload"]["message"] for one in events if "message" in one["payload"]][::-1]


def test_why_a_run_failed(cast: Cast) -> None:
    run, lease = under_way(cast)
    lifecycle.fail(lease, code="data_refused", message=NO_PROMPTS)

    chinese = "至少需要 2 条可用的提示词，只找到 1 条"
    assert read(cast, f"runs/{run.id}", "zh-hans")["error_message"] == chinese
    assert told(cast, run, "zh-hans") == [chinese]
    assert read(cast, f"runs/{run.id}", "en")["error_message"] == NO_PROMPTS
    assert told(cast, run, "en") == [NO_PROMPTS]


def test_why_a_run_was_interrupted_and_given_up(cast: Cast) -> None:
    run, lease = under_way(cast)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert lifecycle.reap_one()

    assert told(cast, run, "zh-hans") == ["工作进程 w1 失去联系"]
    assert told(cast, run, "en") == ["the worker w1 fell silent"]

    for _ in range(lifecycle.TRIES_WITHOUT_PROGRESS - 1):
        Run.objects.filter(pk=run.pk).update(next_try_at=timezone.now())
        again = lifecycle.claim(run.id, "w1")
        assert again is not None
        lifecycle.release(
            again,
            code="crashed",
            message="the training process ended with code 9; its last words: Oh!",
        )
    ended = read(cast, f"runs/{run.id}", "zh-hans")["error_message"]
    assert ended == (
        "尝试 3 次后放弃，最后 3 次没有进展。最近一次：训练进程以代码 9 结束；最后的输出：Oh!"
    )


def test_what_was_seen_in_a_run(cast: Cast) -> None:
    run, lease = under_way(cast)
    Run.objects.filter(pk=run.pk).update(alarms=[ALARM, ALARM | {"message": None}])
    lifecycle.note(run.id, lease.epoch, "alarm", **ALARM)

    alarm = told(cast, run, "zh-hans")[0]
    assert alarm.startswith("从第 8 步起，loss 为 9.5，预期不超过 4。")
    seen = [one["message"] for one in read(cast, f"runs/{run.id}", "zh-hans")["alarms"]]
    assert seen == [alarm, None]
    assert read(cast, f"runs/{run.id}", "en")["alarms"][0]["message"] == ALARM["message"]


def test_why_a_plan_paused_by_itself(cast: Cast) -> None:
    plan = start(cast)
    path = f"projects/{cast.project.id}/round-plan"
    assert read(cast, path, "zh-hans")["plan"]["paused_because"] == ""

    ModelVersion.objects.filter(project=cast.project, kind="policy").update(status="candidate")
    automatic.advance_all()

    plan.refresh_from_db()
    assert plan.state == RoundPlan.State.PAUSED
    assert read(cast, path, "zh-hans")["plan"]["paused_because"] == "已没有启用中的策略模型。"
    assert read(cast, path, "en")["plan"]["paused_because"] == "No policy is promoted any more."
    trail = f"projects/{cast.project.id}/audit?action=round_plan.paused"
    for language, words in (
        ("zh-hans", "已没有启用中的策略模型。"),
        ("en", "No policy is promoted any more."),
    ):
        (row,) = read(cast, trail, language, "admin")["results"]
        assert row["after"] == {"state": "paused", "reason": words}
