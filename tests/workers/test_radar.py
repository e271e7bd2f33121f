"""The radar on a policy that really learns: from what the trainer says to what a labeler is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from annotation.labeling.models import Slot
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote
from annotation.runs.models import RadarCatch, RunEvent
from annotation.runs.services import create_run, radar
from tests.cast import Cast, client_for
from tests.workers.harness import ENDED, Worker, fresh, story, wait_for
from tests.workers.test_closed_loop import prompt_set
from tests.workers.test_picks import reward_model

pytestmark = pytest.mark.slow
BUDGET = 10
FAST = {
    # It runs away from its reference in a few updates, as a policy does that found a hole in its rewards.
    **{"iterations": 6, "rollouts_per_iteration": 16, "minibatch_size": 8, "inner_epochs": 2},
    **{"learning_rate": 0.01, "kl_coefficient": 0.0, "value_only_iterations": 0},
    **{"max_new_tokens": 8, "evaluation_prompts": 4, "evaluate_every_iterations": 6},
    **{"followed_prompts": 6, "sample_every_iterations": 1, "threads": 1},
}


def test_what_a_learning_policy_is_overpaid_for_is_asked_about_blind_and_held_out(
    start_worker: Callable[..., Worker],
    people: Cast,
    tiny: ModelVersion,
    tiny_folder: Path,
    tmp_path: Path,
) -> None:
    promote(version=tiny, actor=people.ml)
    first, second = (
        reward_model(people, tmp_path / f"judge-{seed}", tiny_folder, seed) for seed in (1, 2)
    )
    bounds = {"reward_quantile": 0.5, "kl_quantile": 0.5, "disagreement_quantile": 0.2}
    radar.save_settings(
        project=people.project, actor=people.ml, is_on=True, per_run=BUDGET, judgments=1, **bounds
    )
    run = create_run(
        project=people.project,
        kind="ppo",
        config={**FAST, "reward_models": 2},
        reward_version=first,
        prompt_set=prompt_set(people, "rl", 24),
        requested_by=people.ml,
    )
    assert run.config["further_reward_versions"] == [str(second.pk)]
    start_worker("real", trainer="")

    def swept() -> bool:
        ended = fresh(run).status in ENDED
        radar.sweep()  # what upkeep does every 15 seconds, while the run learns and once after
        return ended

    wait_for(swept, 240, lambda: story(run))
    assert fresh(run).status == "succeeded", story(run)

    caught = list(RadarCatch.objects.select_related("item", "suspect", "reference"))
    assert 0 < len(caught) <= BUDGET
    told = {
        (event["step"], event["prompt_id"]): event
        for event in RunEvent.objects.filter(run=run, type="sample").values_list(
            "payload", flat=True
        )
    }
    for one in caught:
        event = told[one.step, str(one.prompt_id)]
        assert (one.suspect.text, one.reference.text) == (event["completion"], event["before"])
        assert one.score == event["score"] > event["reference_score"] == one.reference_score
        assert one.kl is not None
        assert one.disagreement is not None
        assert one.kl > 0
        assert (one.item.is_held_out, one.item.needed) == (True, 1)
    assert radar.sweep() == 0

    claim = client_for(people.labeler).post(f"/api/v1/projects/{people.project.pk}/claims")
    assert Slot.objects.get(labeler=people.labeler).item in [one.item for one in caught]
    said = claim.content.decode()
    assert not any(word in said for word in ("radar", "held_out", "suspect", "reward", str(run.pk)))
