"""A choice of what to have judged, by the real learning library: from samples to items."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from annotation.corpus.models import Completion, Prompt, SamplingPlan
from annotation.corpus.texts import text_hash
from annotation.labeling.models import Item, Slot
from annotation.labeling.services import create_ranking_items
from annotation.registry.models import ModelVersion
from annotation.registry.services import register_version
from annotation.runs.services.creation import create_run
from tests.cast import Cast, client_for
from tests.workers.test_closed_loop import prompt_set
from workers.supervisor import drive

pytestmark = pytest.mark.slow
WORDS = ("warm", "cold", "red", "old", "wise")


def reward_model(people: Cast, folder: Path, policy: Path, seed: int) -> ModelVersion:
    import torch

    from rewardmodel.models import new_reward_model

    new_reward_model(policy, torch.device("cpu"), seed).save(folder)
    return register_version(
        project=people.project, directory=folder, kind="reward", name=f"judge {seed}"
    )


def samples(prompt: Prompt, policy: ModelVersion, plan: SamplingPlan) -> list[Completion]:
    return Completion.objects.bulk_create(
        Completion(
            prompt=prompt,
            origin="policy",
            policy_version=policy,
            plan=plan,
            sample_index=number,
            text=f"the {word} cat",
            text_hash=text_hash(f"the {word} cat"),
            finish_reason="stop",
        )
        for number, word in enumerate(WORDS)
    )


def test_a_choice_becomes_items_that_say_by_which_rule_to_everybody_but_labelers(
    people: Cast, tiny: ModelVersion, tiny_folder: Path, tmp_path: Path
) -> None:
    first, second = (
        reward_model(people, tmp_path / f"judge-{seed}", tiny_folder, seed) for seed in (1, 2)
    )
    plan = SamplingPlan.objects.create(
        project=people.project, name="warm", strategy="sample", n=5, max_new_tokens=8
    )
    prompts = prompt_set(people, "reward", 8)
    drawn = {p.pk: samples(p, tiny, plan) for p in prompts.prompts.order_by("id")}
    ranked = next(iter(drawn))  # has an item already: left out
    create_ranking_items(project=people.project, groups={ranked: drawn[ranked][:3]})
    run = create_run(
        project=people.project,
        kind="pick",
        config={
            "prompts": 6,
            "completions": 3,
            "information_share": 2,
            "disagreement_share": 1,
            "novelty_share": 1,
            "random_share": 2,
            "needed": 1,
            "priority": 5,
            "threads": 1,
        },
        reward_version=first,
        prompt_set=prompts,
        requested_by=people.ml,
    )
    assert run.config["further_reward_versions"] == [str(second.pk)]

    assert drive(run.pk) == "ended"

    run.refresh_from_db()
    assert run.status == "succeeded", run.error_message
    report = run.report
    assert (report["candidates"], report["picked"], report["reward_models"]) == (7, 6, 2)
    assert report["items"] == {"created": 6, "existing": 0, "too_few": 0}
    made = Item.objects.filter(meta__has_key="picked")
    assert Counter(item.meta["picked"]["rule"] for item in made) == {
        "information": 2,
        "disagreement": 1,
        "novelty": 1,
        "random": 2,
    }
    assert all(item.item_completions.count() == 3 and 5 <= item.priority < 6 for item in made)
    assert ranked not in made.values_list("prompt_id", flat=True)
    # the next hand-out is one of them, and says nothing of it
    claim = client_for(people.labeler).post(f"/api/v1/projects/{people.project.pk}/claims")
    assert Slot.objects.get(labeler=people.labeler).item in made
    assert not {"picked", "rule", "uncertainty"} & set(claim.content.decode().split('"'))


def test_a_project_s_only_reward_model_chooses_alone(
    people: Cast, tiny: ModelVersion, tiny_folder: Path, tmp_path: Path
) -> None:
    plan = SamplingPlan.objects.create(
        project=people.project, name="warm", strategy="sample", n=5, max_new_tokens=8
    )
    prompts = prompt_set(people, "reward", 6)
    for prompt in prompts.prompts.order_by("id"):
        samples(prompt, tiny, plan)
    run = create_run(
        project=people.project,
        kind="pick",
        config={"prompts": 4, "completions": 2, "threads": 1},
        reward_version=reward_model(people, tmp_path / "judge", tiny_folder, 1),
        prompt_set=prompts,
        requested_by=people.ml,
    )

    assert drive(run.pk) == "ended"

    run.refresh_from_db()
    assert run.status == "succeeded", run.error_message
    assert (run.report["reward_models"], run.report["picked"]) == (1, 4)
    assert Item.objects.filter(meta__has_key="picked").count() == 4
