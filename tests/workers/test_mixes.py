"""A mix and a judging campaign with real workers: every version sampled, items made once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from annotation.corpus.models import Completion, SamplingPlan
from annotation.labeling.models import Item, ItemCompletion
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote, register_version
from annotation.runs import campaign_report, campaign_selectors, dispatch, mix_selectors
from annotation.runs.models import CampaignAnswer, MixDraw, Run
from annotation.runs.services import campaigns, mixes
from annotation.runs.services.reconcile import reconcile
from tests.cast import Cast
from tests.rewardmodel.conftest import tiny_policy
from tests.workers.harness import Worker, finished, wait_for
from tests.workers.test_closed_loop import prompt_set, rank_by_length

pytestmark = pytest.mark.slow
PATIENCE_S = 240
PROMPTS = 4


def test_real_workers_sample_by_a_mix_and_make_its_items_once(
    start_worker: Callable[..., Worker], people: Cast, tiny: ModelVersion
) -> None:
    promote(version=tiny, actor=people.ml)
    newer = ModelVersion.objects.create(
        project=people.project,
        kind="policy",
        number=tiny.number + 1,
        name="newer",
        stage="rl",
        artifact=tiny.artifact,
    )
    promote(version=newer, actor=people.ml)
    warm, cold = (
        SamplingPlan.objects.create(
            project=people.project,
            name=name,
            strategy="sample",
            n=2,
            max_new_tokens=8,
            seed=seed,
        )
        for name, seed in (("warm", 7), ("cold", 8))
    )
    rows = [
        {"policy": "promoted", "policy_version": None, "plan": warm, "count": 2},
        {"policy": "promoted", "policy_version": None, "plan": cold, "count": 1},
    ]
    mix = mixes.create_mix(
        actor=people.ml, project=people.project, name="mix", rows=rows, older_percent=50
    )
    draw = mixes.draw(
        actor=people.ml,
        mix=mix,
        prompt_set=prompt_set(people, "reward", PROMPTS + 2),
        limit=PROMPTS,
    )
    start_worker("real", trainer="")
    for part in draw.parts.order_by("id"):
        finished(part.run, PATIENCE_S)
        for _ in range(2):  # hints may come doubled
            dispatch.send(dispatch.MAKE_MIX_ITEMS, {"draw_id": str(draw.id)}, "short")

    def is_done() -> bool:
        reconcile()
        return mix_selectors.state_of(mix_selectors.draw(draw.id)) == "done"

    wait_for(is_done, PATIENCE_S)
    assert MixDraw.objects.get(id=draw.id).prompts.filter(state="made").count() == PROMPTS
    assert Item.objects.count() == PROMPTS
    # no prompt beyond the limit, and the older version only where an older place is
    assert Completion.objects.filter(policy_version=newer).count() == PROMPTS * 4
    assert Completion.objects.filter(policy_version=tiny).count() == 2 * 2
    old = ItemCompletion.objects.filter(completion__policy_version=tiny)
    assert old.count() <= 2


def test_a_campaign_is_drawn_by_a_real_worker_judged_and_reported(
    start_worker: Callable[..., Worker], people: Cast, tiny: ModelVersion, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    tiny_policy(seed=1).save(tmp_path / "other")
    promote(version=tiny, actor=people.ml)
    other = register_version(project=people.project, directory=tmp_path / "other", name="other")
    plan = SamplingPlan.objects.create(
        project=people.project, name="p", strategy="sample", n=1, max_new_tokens=8, seed=7
    )
    campaign = campaigns.begin(
        actor=people.ml,
        project=people.project,
        name="other or tiny",
        versions=[tiny, other],
        prompt_set=prompt_set(people, "evaluation", PROMPTS),
        plan=plan,
    )
    start_worker("real", trainer="")
    for part in campaign.draw.parts.order_by("id"):
        finished(part.run, PATIENCE_S)

    def state() -> str:
        reconcile()
        return campaign_selectors.state_of(campaign_selectors.campaign(campaign.pk))

    wait_for(lambda: state() == "judging", PATIENCE_S, state)
    assert Run.objects.filter(kind="sample").count() == 2
    assert CampaignAnswer.objects.count() == 2 * PROMPTS
    items = Item.objects.filter(is_held_out=True)
    assert rank_by_length(people) == items.count() == Item.objects.count() > 0
    assert state() == "done"
    said = campaign_report.said_in(campaign_selectors.campaign(campaign.pk))
    found = campaign_report.head_to_head(said, said.place(other.pk), said.place(tiny.pk))
    assert found["judgments"] == items.count()
    lengths = {
        each: {
            one.prompt_id: len(one.text) for one in Completion.objects.filter(policy_version=each)
        }
        for each in (tiny, other)
    }
    longer = [lengths[other][item.prompt_id] - lengths[tiny][item.prompt_id] for item in items]
    won = [sum(gap > 0 for gap in longer), sum(gap == 0 for gap in longer)]
    assert [found["wins"], found["ties"]] == won
