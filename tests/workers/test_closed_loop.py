"""One turn of the loop with the real learning library: sample, rank, freeze, reward model, PPO."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from annotation.corpus.models import Completion, Prompt, PromptSet, SamplingPlan
from annotation.corpus.texts import prompt_hash
from annotation.labeling import services as labeling
from annotation.labeling.models import Item, Ranking
from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote, register_version
from annotation.runs.models import Run
from annotation.runs.services import create_run
from tests.cast import Cast
from tests.workers import harness
from tests.workers.harness import Worker, finished, story, wait_for
from workers.translate import run_directory

pytestmark = pytest.mark.slow
PROMPTS, SAMPLES = 24, 3
PATIENCE_S = 240  # a busy machine takes half a minute only to load torch


@pytest.fixture
def real_policy(people: Cast, tmp_path: Path) -> ModelVersion:
    """A language model of a few thousand random weights."""
    from tests.rewardmodel.conftest import tiny_policy

    folder = tmp_path / "tiny"
    folder.mkdir()
    tiny_policy().save(folder)
    version = register_version(project=people.project, directory=folder, name="tiny")
    return promote(version=version, actor=people.ml)


def prompt_set(cast: Cast, purpose: str, count: int) -> PromptSet:
    made = PromptSet.objects.create(
        project=cast.project, name=purpose, purpose=purpose, language="en"
    )
    for number in range(count):
        messages = [{"role": "user", "content": f"{purpose} {number}: the cat"}]
        Prompt.objects.create(
            prompt_set=made, messages=messages, text_hash=prompt_hash(messages), language="en"
        )
    return made


def rank_by_length(cast: Cast) -> int:
    """The labeler ranks everything there is: longer is better, equal lengths tie."""
    count = 0
    while (text := labeling.claim(labeler=cast.labeler, project=cast.project)) is not None:
        assignment = json.loads(text)
        lengths: dict[int, list[UUID]] = {}
        for completion in assignment["completions"]:
            lengths.setdefault(len(completion["text"]), []).append(UUID(completion["id"]))
        labeling.submit_ranking(
            labeler=cast.labeler,
            slot_id=UUID(assignment["slot_id"]),
            token=UUID(assignment["lease_token"]),
            client_uuid=uuid4(),
            content=labeling.RankingContent([lengths[n] for n in sorted(lengths, reverse=True)]),
        )
        count += 1
    return count


def test_the_loop_closes_and_a_killed_sampling_draws_nothing_twice(
    start_worker: Callable[..., Worker], people: Cast, real_policy: ModelVersion
) -> None:
    start_worker("real", trainer="")
    plan = SamplingPlan.objects.create(
        project=people.project, name="p", strategy="sample", n=SAMPLES, max_new_tokens=12, seed=7
    )
    sampling = create_run(
        project=people.project,
        kind="sample",
        config={"prompts_per_batch": 1},
        policy_version=real_policy,
        prompt_set=prompt_set(people, "reward", PROMPTS),
        plan=plan,
        make_items={"k": SAMPLES, "needed": 1},
        requested_by=people.ml,
    )
    drawn = Completion.objects.filter(policy_version=real_policy, plan=plan)
    wait_for(lambda: drawn.count() >= SAMPLES, PATIENCE_S, lambda: story(sampling))
    holder = json.loads((run_directory(sampling.id) / "holder.json").read_text())
    os.kill(holder["pid"], signal.SIGKILL)
    before = dict(drawn.values_list("id", "text"))
    sampled = finished(sampling, PATIENCE_S)
    assert drawn.count() == PROMPTS * SAMPLES
    assert dict(drawn.filter(id__in=before).values_list("id", "text")) == before
    assert sampled.report["items"]["created"] == Item.objects.count() > 0
    assert (sampled.progress_done, sampled.progress_total) == (PROMPTS, PROMPTS)

    assert rank_by_length(people) == Item.objects.count()
    chain = start_chain(people, prompt_set(people, "rl", 8))
    export, reward, ppo, evaluation = (finished(run, PATIENCE_S) for run in chain)
    assert export.output_snapshot is not None
    assert export.output_snapshot.counts["rankings"] == Ranking.objects.count()
    assert reward.snapshot == export.output_snapshot
    assert ppo.reward_version == reward.output_version
    assert ppo.output_version is not None
    assert (ppo.output_version.stage, ppo.output_version.parent) == ("rl", real_policy)
    store.verified(ppo.output_version.artifact)
    assert evaluation.policy_version == ppo.output_version
    assert evaluation.report["policy"]["prompts"] == 8
    assert "gain" in evaluation.report["policy"]["against_baseline"]
    names = set(ppo.metrics.values_list("name", flat=True))
    assert any("kl" in name for name in names), names


def start_chain(cast: Cast, rl_prompts: PromptSet) -> list[Run]:
    """Snapshot, reward model, PPO and evaluation, each waiting for the one before."""
    export = create_run(
        project=cast.project,
        kind="export",
        config={"validation_fraction": 0.2},
        requested_by=cast.ml,
    )
    reward = create_run(
        project=cast.project,
        kind="reward",
        config={"prompts_per_step": 8},
        waits_for=export,
        requested_by=cast.ml,
    )
    ppo = create_run(
        project=cast.project,
        kind="ppo",
        config={
            "iterations": 1,
            "rollouts_per_iteration": 4,
            "minibatch_size": 4,
            "max_new_tokens": 8,
            "evaluation_prompts": 2,
        },
        prompt_set=rl_prompts,
        waits_for=reward,
        requested_by=cast.ml,
    )
    wait_for(lambda: harness.fresh(reward).output_version, PATIENCE_S, lambda: story(reward))
    evaluation = create_run(
        project=cast.project,
        kind="evaluate",
        config={"max_new_tokens": 8, "bootstrap_samples": 100},
        reward_version=harness.fresh(reward).output_version,
        prompt_set=rl_prompts,
        waits_for=ppo,
        requested_by=cast.ml,
    )
    return [export, reward, ppo, evaluation]
