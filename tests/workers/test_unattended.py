"""Two rounds that nobody attends but labelers: real models, the worker killed in the middle of both, the
broker emptied; every step once, and every policy leads back to its judgments. All of `make up`, web server
and scheduler too, is killed by `python -m benchmarks.unattended`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import pytest
import redis

from annotation.corpus.models import Completion, SamplingPlan
from annotation.labeling.models import Item, Ranking
from annotation.registry import selectors as registry
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote
from annotation.runs import dispatch
from annotation.runs.models import Round, RoundEvent, RoundPlan, Run
from annotation.runs.services import automatic, mixes, round_plans
from annotation.runs.services.reconcile import reconcile
from tests.cast import Cast
from tests.workers.harness import Worker, story
from tests.workers.test_closed_loop import PATIENCE_S, prompt_set, rank_by_length

pytestmark = pytest.mark.slow
PROMPTS, SAMPLES, ROUNDS = 8, 2, 2
KILLS = [(1, "reward"), (2, "ppo")]  # the worker, while this run of this round is at work
# A policy of random weights neither stops nor wins: only the gates on what it can reach are asked.
GATES = {
    "reward_least_accuracy": 0.0,
    "reward_least_gain": -1.0,
    "kl_ceiling": 1000.0,
    "least_stop_rate": 0.0,
    "least_win_rate": None,
}


def plan_of(cast: Cast) -> RoundPlan:
    how = SamplingPlan.objects.create(
        project=cast.project, name="p", strategy="sample", n=SAMPLES, max_new_tokens=12, seed=7
    )
    row = {"policy": "promoted", "policy_version": None, "plan": how, "count": SAMPLES}
    mix = mixes.create_mix(
        actor=cast.ml, project=cast.project, name="new policy", rows=[row], older_percent=0
    )
    round_plans.save_plan(
        project=cast.project,
        actor=cast.ml,
        mix=mix,
        prompt_set=prompt_set(cast, "reward", PROMPTS),
        judgments=PROMPTS,
        snapshot_config={"validation_fraction": 0.5},
        reward_config={"prompts_per_step": 4},
        policy_config={
            **{"iterations": 1, "rollouts_per_iteration": 2, "minibatch_size": 2},
            **{"max_new_tokens": 8, "evaluation_prompts": 2},
            **{"learning_rate": 0.01, "kl_ceiling": 10_000},  # so that it writes something else
        },
        rl_prompt_set=prompt_set(cast, "rl", 4),
        **GATES,
    )
    return round_plans.set_state(project=cast.project, actor=cast.ml, state="active")


def told(project: object) -> str:
    """Everything that happened, for a failed assertion."""
    events = RoundEvent.objects.filter(round__project=project).order_by("id")
    lines = [f"{e.round.number} {e.kind} {e.step} {e.reason} {e.words}" for e in events]
    runs = [story(run) for run in Run.objects.exclude(status="succeeded")]
    return "\n".join([*lines, *runs])


def test_two_rounds_run_by_themselves_though_a_worker_is_killed_and_the_broker_emptied(
    start_worker: Callable[..., Worker], people: Cast, tiny: ModelVersion, broker: str
) -> None:
    promote(version=tiny, actor=people.ml)
    plan = plan_of(people)
    worker, left = start_worker("first", trainer=""), list(KILLS)
    deadline, turn = time.monotonic() + 4 * PATIENCE_S, 0
    while Round.objects.filter(outcome="promoted").count() < ROUNDS:
        assert time.monotonic() < deadline, told(people.project)
        assert not Round.objects.filter(asked_at__isnull=False).exists(), told(people.project)
        turn += 1
        rank_by_length(people)
        automatic.advance(plan.pk)  # here, and in the worker, at the same time
        dispatch.send(dispatch.ADVANCE_ROUNDS, {}, "short")
        if turn % 5 == 0:
            reconcile()
        for number, kind in left:
            at_work = Run.objects.filter(kind=kind, status="running")
            if at_work.exists() and Run.objects.filter(kind=kind).count() == number:
                worker.kill()
                redis.Redis.from_url(broker).flushdb()
                worker = start_worker(f"after {kind}", trainer="")
                left.remove((number, kind))
                break
        time.sleep(0.2)
    round_plans.set_state(project=people.project, actor=people.ml, state="paused")
    assert not left, "nothing was killed"

    begun = Counter(
        RoundEvent.objects.filter(kind="started", round__outcome="promoted").values_list(
            "round__number", "step"
        )
    )
    steps = ("sample", "collect", "snapshot", "reward", "policy", "promote")
    assert begun == Counter([(n, step) for n in (1, 2) for step in steps] + [(2, "check")])
    of_rounds = Run.objects.filter(status="succeeded").exclude(kind="sample")
    assert Counter(of_rounds.values_list("kind", flat=True)) == {
        **{"export": 2, "reward": 2, "ppo": 2, "evaluate": 1},
    }
    for number, kind in KILLS:
        killed = Run.objects.filter(kind=kind).order_by("number")[number - 1]
        assert killed.lease_epoch >= 2, story(killed)
        assert killed.events.filter(type="succeeded").count() == 1
        assert ModelVersion.objects.filter(made_by=killed).count() == 1
    assert ModelVersion.objects.filter(kind="reward").count() == ROUNDS
    assert Ranking.objects.count() == Item.objects.filter(state="done").count()
    drawn = Completion.objects.filter(origin="policy").values_list(
        "prompt", "policy_version", "sample_index"
    )
    assert len(set(drawn)) == len(drawn)
    trace_back(people, tiny)


def trace_back(cast: Cast, first: ModelVersion) -> None:
    """From the policy in use back to the first: every judgment on the way is there."""
    policy = registry.promoted(project_id=cast.project.pk, kind="policy")
    for number in range(ROUNDS, 0, -1):
        round = Round.objects.get(project=cast.project, number=number)
        assert policy is not None
        run = policy.made_by
        assert run == round.ppo_run
        trained = run.reward_version and run.reward_version.made_by
        assert trained == round.reward_run
        assert trained is not None
        snapshot = trained.snapshot
        assert snapshot is not None
        assert snapshot == (round.snapshot_run and round.snapshot_run.output_snapshot)
        judged = Ranking.objects.filter(project=cast.project, created_at__lte=snapshot.cut_off)
        assert snapshot.counts["rankings"] == judged.count() > 0
        assert round.draw is not None
        items = set(round.draw.prompts.filter(state="made").values_list("item_id", flat=True))
        assert items
        assert items <= set(judged.values_list("item_id", flat=True))
        policy = policy.parent
    assert policy == first
