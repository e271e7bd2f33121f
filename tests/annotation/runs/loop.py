"""A project whose rounds go on by themselves, and what its workers and labelers would do, by hand."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.labeling.models import Item
from annotation.registry.models import Artifact, ModelVersion
from annotation.runs.models import DatasetSnapshot, Round, RoundPlan, Run
from annotation.runs.services import automatic, lifecycle, mix_items, round_plans
from tests.annotation.labeling.work import Labeling, add_prompt
from tests.annotation.runs.test_mixes import mix_of, plan, prompts, row, sample, version
from tests.cast import Cast

COUNTS = {"rankings": 4, "demonstrations": 0}


def interval(value: float, low: float, high: float, clusters: int = 40) -> dict[str, float]:
    return {"value": value, "low": low, "high": high, "clusters": clusters}


# Reports of runs that pass every gate of the default plan.
GOOD: dict[str, Any] = {
    "reward": {"validation": {"accuracy": interval(0.7, 0.6, 0.8)}},
    "check": {
        "reward_model": {
            "baseline_reward_model": {"difference": interval(0.05, 0.01, 0.09)},
        }
    },
    "policy": {"ended": "complete", "evaluation": {"kl_after": 4.0, "stop_rate_after": 0.9}},
    "evaluation": {"policy": {"against_baseline": {"win_rate": interval(0.6, 0.55, 0.65)}}},
}


def wish(cast: Cast, **change: Any) -> dict[str, Any]:
    """A whole plan: two completions of the promoted policy for four prompts."""
    rl = add_prompt(cast.project, "Learnt from", name="rl", purpose="rl").prompt_set
    held_out = add_prompt(cast.project, "Kept", name="held out", purpose="evaluation").prompt_set
    return {
        "mix": mix_of(cast, row("promoted", plan(cast), 2)),
        "prompt_set": prompts(cast, 4),
        "judgments": 4,
        "rl_prompt_set": rl,
        "evaluation_set": held_out,
        **change,
    }


def start(cast: Cast, **change: Any) -> RoundPlan:
    """A project with a promoted policy and an active plan."""
    version(cast, 1, promoted=True, stage="base")
    round_plans.save_plan(project=cast.project, actor=cast.ml, **wish(cast, **change))
    return round_plans.set_state(project=cast.project, actor=cast.ml, state="active")


def only(cast: Cast) -> Round:
    """The project's newest round."""
    return Round.objects.filter(project=cast.project).latest("number")


def story(round: Round) -> list[str]:
    """What happened, in order."""
    rows = round.events.order_by("id").values_list("kind", "step", "reason", "attempt")
    return [
        " ".join([kind, step, *([reason] if reason else []), *([str(n)] if n > 1 else [])])
        for kind, step, reason, n in rows
    ]


def draw_and_judge(cast: Cast, round: Round, most: int | None = None) -> int:
    """The round's completions are drawn and become items; a labeler ranks them. How many."""
    assert round.draw is not None
    for part in round.draw.parts.filter(run__status="queued"):
        sample(part)
    mix_items.make(round.draw.pk)
    automatic.advance_all()
    return judge(cast, most)


def judge(cast: Cast, most: int | None = None) -> int:
    """The labeler ranks what is open, at most so many."""
    at_work = Labeling(cast.labeler, cast.project)
    done = 0
    while (most is None or done < most) and Item.objects.filter(
        project=cast.project, state="open"
    ).exists():
        assert at_work.submit(at_work.work()).status_code == 201
        done += 1
    return done


def finish(run: Run | None, report: dict[str, Any] | None = None) -> Run:
    """What a worker does: claim the run, make what its kind makes, succeed."""
    assert run is not None
    lease = lifecycle.claim(run.pk, "a test")
    assert lease is not None, run.status
    with transaction.atomic():
        lifecycle.succeed(lease, report=report or {}, **_made_by(run))
    return Run.objects.get(pk=run.pk)


def break_down(run: Run | None, message: str) -> None:
    """A worker gives the run up."""
    assert run is not None
    lease = lifecycle.claim(run.pk, "a test")
    assert lease is not None
    lifecycle.fail(lease, code="diverged", message=message)


def _made_by(run: Run) -> dict[str, Any]:
    artifact, _ = Artifact.objects.get_or_create(
        digest="ab" * 32, defaults={"bytes": 1, "files": {}}
    )
    if run.kind == "export":
        snapshot = DatasetSnapshot.objects.create(
            project=run.project,
            number=DatasetSnapshot.objects.filter(project=run.project).count() + 1,
            query={},
            cut_off=timezone.now(),
            counts=COUNTS,
            sha256="0" * 64,
            artifact=artifact,
        )
        return {"output_snapshot": snapshot}
    if run.kind not in ("reward", "ppo", "rloo", "grpo"):
        return {}
    kind = "reward" if run.kind == "reward" else "policy"
    made = ModelVersion.objects.create(
        project=run.project,
        kind=kind,
        number=ModelVersion.objects.filter(project=run.project, kind=kind).count() + 1,
        name=f"{kind} of run {run.number}",
        stage="reward" if kind == "reward" else "rl",
        parent=run.policy_version,
        artifact=artifact,
    )
    return {"output_version": made}


PLACES = {
    "snapshot": "snapshot_run",
    "reward": "reward_run",
    "check": "check_run",
    "policy": "ppo_run",
    "evaluation": "evaluate_run",
}


def go(cast: Cast, until: str = "", **reports: Any) -> Round:
    """Play the newest round up to the step `until`, or to its end."""
    automatic.advance_all()
    number = only(cast).number
    for _ in range(12):
        round = Round.objects.get(project=cast.project, number=number)
        if round.closed_at is not None or round.asked_at is not None or round.step == until:
            break
        if round.step == "sample":
            draw_and_judge(cast, round)
        elif round.step in PLACES:
            report = reports.get(round.step, GOOD.get(round.step))
            finish(getattr(round, PLACES[round.step]), report)
        automatic.advance_all()
    return Round.objects.get(project=cast.project, number=number)
