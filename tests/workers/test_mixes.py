"""A mix with real workers: two policies and an older one sampled, items made once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annotation.corpus.models import Completion, SamplingPlan
from annotation.labeling.models import Item, ItemCompletion
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote
from annotation.runs import dispatch, mix_selectors
from annotation.runs.models import MixDraw
from annotation.runs.services import mixes
from annotation.runs.services.reconcile import reconcile
from tests.cast import Cast
from tests.workers.harness import Worker, finished, wait_for
from tests.workers.test_closed_loop import prompt_set

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
