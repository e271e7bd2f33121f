"""DPO from rankings, RLOO and GRPO from scores, with the real learning library and a tiny policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from annotation.corpus.models import Prompt, PromptSet
from annotation.corpus.texts import prompt_hash
from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote, register_version
from annotation.runs.models import Erasure, ErasureMark, Run
from annotation.runs.services import create_run
from tests.annotation.runs.judgments import add_rankings
from tests.cast import Cast
from tests.workers import harness
from tests.workers.harness import Worker, finished, until

pytestmark = pytest.mark.slow
RANKINGS, WITH_PAIRS = 8, 6  # every fourth places a single completion and so compares nothing
PATIENCE_S = 240  # a busy machine takes half a minute only to load torch
SMALL = {
    "iterations": 1,
    "rollouts_per_iteration": 8,
    "minibatch_size": 4,
    "completions_per_prompt": 2,
    "max_new_tokens": 6,
    "evaluation_prompts": 2,
}


@pytest.fixture
def tiny(people: Cast, tmp_path: Path) -> ModelVersion:
    """A language model of a few thousand random weights, promoted."""
    from tests.rewardmodel.conftest import tiny_policy

    folder = tmp_path / "tiny"
    folder.mkdir()
    tiny_policy().save(folder)
    version = register_version(project=people.project, directory=folder, name="tiny")
    return promote(version=version, actor=people.ml)


def rl_prompts(cast: Cast, name: str, texts: list[str]) -> PromptSet:
    made = PromptSet.objects.create(project=cast.project, name=name, purpose="rl", language="en")
    for text in texts:
        # Under the true hash the database keeps prompts of both sides apart by itself.
        hashed = prompt_hash([{"role": "user", "content": f"{text} {uuid4()}"}])
        Prompt.objects.create(
            prompt_set=made,
            messages=[{"role": "user", "content": text}],
            text_hash=hashed,
            language="en",
        )
    return made


def metric_names(run: Run) -> set[str]:
    return set(run.metrics.values_list("name", flat=True))


def test_a_policy_learns_from_rankings_and_another_from_scores(
    start_worker: Callable[..., Worker], people: Cast, tiny: ModelVersion
) -> None:
    rankings = add_rankings(people, RANKINGS)
    start_worker("real", trainer="")
    common = {"project": people.project, "requested_by": people.ml}
    export = create_run(kind="export", config={"validation_fraction": 0.0}, **common)
    dpo = create_run(
        kind="dpo",
        config={"prompts_per_step": 4, "kl_prompts": 2, "max_new_tokens": 6},
        waits_for=export,
        **common,
    )
    reward = create_run(kind="reward", config={"prompts_per_step": 4}, waits_for=export, **common)
    # somebody whose judgments are in it is deleted before it ends
    gone = Erasure.objects.create(
        person=people.second_labeler, requested_by=people.admin, judgments="withdraw"
    )
    ErasureMark.objects.create(erasure=gone, run=reward, judgments=2)
    fresh = rl_prompts(people, "fresh", [f"{number}: the cat" for number in range(8)])
    known = rl_prompts(
        people, "known", [one.item.prompt.messages[0]["content"] for one in rankings]
    )
    rloo = create_run(kind="rloo", config=SMALL, prompt_set=fresh, waits_for=reward, **common)
    knows_them = create_run(kind="grpo", config=SMALL, prompt_set=known, waits_for=reward, **common)

    dpo = finished(dpo, PATIENCE_S)
    assert dpo.output_version is not None
    assert (dpo.output_version.kind, dpo.output_version.stage) == ("policy", "rl")
    assert dpo.output_version.parent == tiny
    assert dpo.output_version.artifact != tiny.artifact
    assert dpo.report["training_rankings"] == WITH_PAIRS
    assert {"loss", "accuracy", "reward_margin"} <= metric_names(dpo)

    rloo = finished(rloo, PATIENCE_S)
    assert rloo.reward_version == harness.fresh(reward).output_version
    assert rloo.output_version is not None
    assert (rloo.output_version.stage, rloo.output_version.parent) == ("rl", tiny)
    store.verified(rloo.output_version.artifact)
    marked = ErasureMark.objects.filter(version__isnull=False)
    assert {mark.version for mark in marked} == {rloo.reward_version, rloo.output_version}
    assert rloo.report["evaluation"]
    assert {"kl", "score_mean"} <= metric_names(rloo)

    # The published reward model still says which prompts it was trained on.
    refused = until(knows_them, *harness.ENDED, seconds=PATIENCE_S)
    assert (refused.status, refused.error_code) == ("failed", "data_refused")
    assert f"{WITH_PAIRS} of {RANKINGS} prompts were used to train" in refused.error_message
