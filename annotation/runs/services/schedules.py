"""Training by itself: a schedule fires at most once per tick, however many schedulers run.

A tick is a row whose primary key is (schedule, number of the interval or block of judgments); the one
who inserts it makes the chain of runs: snapshot, then reward model, then PPO. While a chain of the
schedule is still under way, no new one starts; ticks that were missed are not made up for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.models import PromptSet
from annotation.labeling.models import Ranking
from annotation.lib.errors import Conflict, Refused
from annotation.projects.models import Project
from annotation.registry import selectors as registry
from annotation.runs.kinds import checked_config, invalid
from annotation.runs.models import Run, Schedule, ScheduleTick
from annotation.runs.services.creation import create_run

SHORTEST_INTERVAL_S = 60


@transaction.atomic
def create_schedule(
    *,
    project: Project,
    actor: User | None,
    name: str,
    trigger: str,
    every: int,
    starts_at: datetime | None = None,
    reward_config: dict[str, Any] | None = None,
    ppo_config: dict[str, Any] | None = None,
    prompt_set: PromptSet | None = None,
) -> Schedule:
    """A schedule; its settings are checked now, not in the night. Raises Invalid."""
    reward = checked_config("reward", reward_config or {})
    ppo = checked_config("ppo", ppo_config or {})
    if prompt_set is None:
        raise invalid("prompt_set", "prompt_set: PPO needs the prompts it learns on", "required")
    if prompt_set.project_id != project.pk:
        raise invalid("prompt_set", "prompt_set: there is no such thing in this project", "missing")
    if prompt_set.purpose != PromptSet.Purpose.RL:
        raise invalid("prompt_set", "prompt_set: PPO needs prompts of purpose rl")
    is_interval = trigger == Schedule.Trigger.INTERVAL
    if is_interval and every < SHORTEST_INTERVAL_S:
        raise invalid("every", f"every: {every} is not allowed; allowed: >= 60 seconds")
    if starts_at is None:
        starts_at = timezone.now() + (timedelta(seconds=every) if is_interval else timedelta())
    if Schedule.objects.filter(project=project, name=name).exists():
        raise Conflict("schedule_exists", f"There is a schedule named {name!r} already.")
    schedule = Schedule.objects.create(
        project=project,
        name=name,
        trigger=trigger,
        every=every,
        starts_at=starts_at,
        reward_config=reward,
        ppo_config=ppo,
        prompt_set=prompt_set,
        created_by=actor,
    )
    after = {"name": name, "trigger": trigger, "every": every}
    record(actor=actor, action="schedule.created", thing=schedule, after=after)
    return schedule


@transaction.atomic
def set_active(*, schedule: Schedule, is_active: bool, actor: User | None) -> Schedule:
    """Switch a schedule on or off."""
    if schedule.is_active != is_active:
        before = {"is_active": schedule.is_active}
        schedule.is_active = is_active
        schedule.save(update_fields=["is_active"])
        after = {"is_active": is_active}
        record(actor=actor, action="schedule.changed", thing=schedule, before=before, after=after)
    return schedule


@transaction.atomic
def remove(*, schedule: Schedule, actor: User | None) -> None:
    """Delete a schedule that never fired; one that did is kept for lineage and switched off."""
    if schedule.ticks.exists():
        set_active(schedule=schedule, is_active=False, actor=actor)
        return
    record(actor=actor, action="schedule.deleted", thing=schedule, before={"name": schedule.name})
    schedule.delete()


def fire_due() -> int:
    """Fire every schedule that is due; how many fired here."""
    active = Schedule.objects.filter(is_active=True, project__state=Project.State.ACTIVE)
    return sum(_fire(schedule) for schedule in active.select_related("project", "prompt_set"))


def due_number(schedule: Schedule) -> int | None:
    """The tick that is due now by the database's clock; None before the first."""
    if schedule.trigger == Schedule.Trigger.JUDGMENTS:
        count = Ranking.objects.filter(
            project_id=schedule.project_id,
            state=Ranking.State.COUNTED,
            item__control="",
            created_at__gte=schedule.starts_at,
        ).count()
        return count // schedule.every or None
    now = Schedule.objects.annotate(now=Now()).values_list("now", flat=True).get(id=schedule.id)
    since = (now - schedule.starts_at).total_seconds()
    return int(since // schedule.every) if since >= 0 else None


def _fire(schedule: Schedule) -> bool:
    due = due_number(schedule)
    if due is None or ScheduleTick.objects.filter(schedule=schedule, due__gte=due).exists():
        return False
    if Run.objects.filter(schedule=schedule, status__in=Run.ACTIVE).exists():
        return False
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO runs_scheduletick (schedule_id, due) VALUES (%s, %s) "
                "ON CONFLICT DO NOTHING",
                [schedule.id, due],
            )
            if cursor.rowcount == 0:
                return False
        try:
            with transaction.atomic():
                create_chain(schedule)
        except Refused as error:  # the tick stands: it would be refused again every few seconds
            after = {"due": due, "reason": error.message, **error.details}
            record(actor=None, action="schedule.refused", thing=schedule, after=after)
    return True


def create_chain(schedule: Schedule) -> tuple[Run, Run, Run]:
    """Snapshot, reward model and PPO run, each waiting for the one before."""
    project = schedule.project
    policy = registry.promoted(project_id=project.pk, kind="policy")
    common: dict[str, Any] = {
        "project": project,
        "requested_by": schedule.created_by,
        "schedule": schedule,
    }
    export = create_run(kind="export", **common)
    reward = create_run(
        kind="reward",
        config=schedule.reward_config,
        policy_version=policy,
        waits_for=export,
        **common,
    )
    ppo = create_run(
        kind="ppo",
        config=schedule.ppo_config,
        policy_version=policy,
        prompt_set=schedule.prompt_set,
        waits_for=reward,
        **common,
    )
    return export, reward, ppo
