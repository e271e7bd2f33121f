"""The radar: what looks too good is asked about once, blind, and never trained on."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.accounts.models import AuditEvent
from annotation.corpus.models import Completion, PromptSet
from annotation.corpus.texts import messages_of, prompt_hash, text_hash
from annotation.labeling.models import Item
from annotation.labeling.services import make_items
from annotation.runs import radar
from annotation.runs.models import RadarCatch, Run, RunEvent
from annotation.runs.radar import Sample
from annotation.runs.services import radar as radars
from tests.annotation.labeling.work import Labeling
from tests.annotation.runs.test_mixes import plan, version
from tests.cast import Cast, client_for

BOUNDS = {"reward": 0.5, "kl": 0.5, "disagreement": 0.5}


def sample(event: int, step: int, reward: float, kl: float, dispute: float | None = None) -> Sample:
    return Sample(event, step, f"prompt {event % 4}", reward, 0.0, kl, dispute)


# --- which outputs look too good ------------------------------------------------------------------


def test_a_quantile_is_the_share_below_with_equals_counting_half() -> None:
    values = [1.0, 2.0, 2.0, 2.0, 9.0]
    found = [radar.quantile(value, values) for value in (1.0, 2.0, 9.0)]
    assert found == [0.1, 0.5, 0.9]
    assert radar.quantile(9e9, [1.0, 2.0, 2.0, 2.0, 9e9]) == 0.9  # one wild value moves no other


def test_only_what_is_high_on_every_known_axis_is_suspicious() -> None:
    # Rewards rise by event; 13 is far away too, 14 is near, 15 fares worse than the reference.
    base = [sample(n, n // 4, n / 10, n / 10) for n in range(12)]
    look = [
        sample(12, 3, 0.01, 3.0),
        sample(13, 3, 2.0, 3.0),
        sample(14, 3, 2.1, 0.01),
        sample(15, 3, -1.0, 3.0),
    ]
    found = radar.suspects([*base, *look], look, BOUNDS, 9)
    assert [one.sample.event for one in found] == [13]
    # among 16: 14 rewards below 2.0; KL 3.0 three times above 13 others
    assert found[0].quantiles == {"reward": 14.5 / 16, "kl": 14.5 / 16}
    assert radar.suspects(look, look, BOUNDS, 9) == []  # 4 samples say nothing yet


def test_where_reward_models_dispute_it_too_it_comes_first_and_the_rest_waits() -> None:
    base = [sample(n, n // 4, n / 10, n / 10, 0.1) for n in range(12)]
    look = [
        sample(12, 3, 2.0, 2.0, 0.2),
        sample(13, 3, 2.0, 2.0, 0.3),
        sample(14, 3, 2.0, 2.0, 0.0),
    ]
    found = radar.suspects([*base, *look], look, BOUNDS, 9)
    assert [one.sample.event for one in found] == [13, 12]  # 14 is undisputed
    assert [one.sample.event for one in radar.suspects([*base, *look], look, BOUNDS, 1)] == [13]


def test_a_look_that_is_told_again_counts_once() -> None:
    told = [sample(n, n // 4, 1.0, 1.0) for n in range(8)]
    again = [
        Sample(n + 100, one.step, one.prompt, 5.0, 0.0, 5.0, None) for n, one in enumerate(told)
    ]
    assert radar.looks_of([*told, *again]) == [told[:4], told[4:]]


# --- from a run to items --------------------------------------------------------------------------


def run_of(cast: Cast, prompts: int = 4, **more: Any) -> Run:
    """A PPO run at work on RL prompts, with its base policy."""
    chosen = PromptSet.objects.create(project=cast.project, name="rl", purpose="rl", language="en")
    for number in range(prompts):
        messages = messages_of(f"RL question {number}")
        chosen.prompts.create(messages=messages, text_hash=prompt_hash(messages))
    return Run.objects.create(
        project=cast.project,
        number=1,
        kind="ppo",
        status="running",
        config={},
        idempotency_key=chosen.pk,
        lease_until=timezone.now(),
        started_at=timezone.now(),
        policy_version=version(cast, 1, promoted=True),
        prompt_set=chosen,
        **more,
    )


def tell(run: Run, step: int, *figures: tuple[float, float, float | None], text: str = "") -> None:
    """What the trainer says at a look: reward, KL and disagreement by prompt."""
    assert run.prompt_set is not None
    for prompt, (reward, kl, dispute) in zip(
        run.prompt_set.prompts.order_by("id"), figures, strict=False
    ):
        RunEvent.objects.create(
            run=run,
            epoch=1,
            type="sample",
            payload={
                "step": step,
                "prompt_id": str(prompt.pk),
                "prompt": prompt.messages[-1]["content"],
                "before": "Good day.",
                "completion": text or f"Great! Great! Great! ({step}, {reward})",
                "reference_score": 0.0,
                "score": reward,
                "kl": kl,
                "disagreement": dispute,
            },
        )


def hacked(cast: Cast) -> Run:
    """Three quiet looks (what pays is near), then one in which the first prompt's answer is far off and well paid."""
    run = run_of(cast)
    for step in (0, 10, 20):
        tell(run, step, *[(0.1 * n, 0.5 - 0.1 * n, None) for n in range(1, 5)])
    tell(run, 30, (5.0, 9.0, None), *[(0.1, 0.1, None)] * 3)
    return run


def turn_on(cast: Cast, **more: Any) -> None:
    radars.save_settings(project=cast.project, actor=cast.ml, is_on=True, **more)


@pytest.mark.django_db
def test_a_suspicious_output_becomes_one_item_beside_the_reference_however_often_one_looks(
    cast: Cast,
) -> None:
    run = hacked(cast)
    assert radars.sweep() == 0  # off until somebody turns it on
    turn_on(cast, judgments=2)
    assert (radars.sweep(), radars.sweep()) == (1, 0)
    caught = RadarCatch.objects.get()
    assert (caught.step, caught.samples, caught.score, caught.kl) == (30, 16, 5.0, 9.0)
    assert (caught.reward_quantile, caught.disagreement_quantile) == (15.5 / 16, None)
    item = caught.item
    texts = item.item_completions.values_list("completion__text", flat=True)
    assert set(texts) == {"Great! Great! Great! (30, 5.0)", "Good day."}
    assert (item.needed, item.is_held_out, item.meta) == (2, True, {"radar": {"run": str(run.pk)}})
    # the run is taken up again from a checkpoint and tells the same: nothing is asked twice
    tell(run, 30, (5.0, 9.0, None), *[(0.1, 0.1, None)] * 3)
    tell(run, 40, (6.0, 9.5, None), text="Great! Great! Great! (30, 5.0)")
    Run.objects.filter(pk=run.pk).update(status="interrupted")
    Run.objects.filter(pk=run.pk).update(
        status="failed", error_code="x", finished_at=timezone.now()
    )
    assert (radars.sweep(), Item.objects.count()) == (0, 1)
    event = AuditEvent.objects.get(action="radar.caught")
    assert event.after == {"step": 30, "items": [str(item.pk)]}


@pytest.mark.django_db
def test_what_the_policy_said_before_fills_the_other_places_and_nobody_sees_which_is_which(
    cast: Cast,
) -> None:
    run = hacked(cast)
    assert run.prompt_set is not None
    prompt = run.prompt_set.prompts.order_by("id").first()
    assert prompt is not None
    for number, text in enumerate(["Hello.", "Good day.", "Hi."]):  # one is what the reference says
        Completion.objects.create(
            prompt=prompt,
            origin="policy",
            policy_version=run.policy_version,
            plan=plan(cast, name="warm", n=4)
            if not number
            else Completion.objects.latest("id").plan,
            sample_index=number,
            text=text,
            text_hash=text_hash(text),
        )
    turn_on(cast)
    assert radars.sweep() == 1
    at_work = Labeling(cast.labeler, cast.project)
    work = at_work.work()
    shown = {one["text"] for one in work["completions"]}
    assert shown == {"Great! Great! Great! (30, 5.0)", "Good day.", "Hello.", "Hi."}
    said = str(work)
    assert not any(
        word in said for word in ("radar", "held_out", "reward", "kl", "suspect", "system")
    )
    # keys tell when: the new texts look as old as the oldest sample
    oldest = min(Completion.objects.filter(origin="policy").values_list("id", flat=True))
    made = Completion.objects.filter(system=Completion.OF_RADAR).values_list("id", flat=True)
    assert {str(key)[:13] for key in made} == {str(oldest)[:13]}


@pytest.mark.django_db
def test_the_budget_of_a_run_is_kept_and_a_look_takes_a_fifth_of_it(cast: Cast) -> None:
    run = hacked(cast)
    turn_on(cast, per_run=2, reward_quantile=0.5, kl_quantile=0.5)
    for step in range(40, 80, 10):
        tell(run, step, *[(step + n, step + n, None) for n in range(4)])
    radars.sweep()
    # one a look (a fifth of 2, rounded up): full after the two first that have something
    assert list(RadarCatch.objects.order_by("id").values_list("step", flat=True)) == [30, 40]


@pytest.mark.django_db
def test_the_page_of_the_run_counts_what_people_said(cast: Cast) -> None:
    run = hacked(cast)
    turn_on(cast, judgments=2)
    radars.sweep()
    caught = RadarCatch.objects.get()
    good, bad = str(caught.reference_id), str(caught.suspect_id)
    for who, tiers in (
        (cast.labeler, [[bad], [good]]),
        (cast.second_labeler, [[good, bad]]),
    ):
        at_work = Labeling(who, cast.project)
        assert at_work.submit(at_work.work(), tiers=tiers).status_code == 201
    told = client_for(cast.admin).get(f"/api/v1/runs/{run.pk}/radar").json()
    assert [told[name] for name in ("above", "tied", "below", "samples")] == [1, 1, 0, 16]
    assert told["knows_disagreement"] is False
    assert told["share"] == 0.5
    # Two judgments of one item are one trial: 1.96 * sqrt(1/4 + 1.96²/4) / (1 + 1.96²) = 0.4454 about 0.5
    assert told["interval"] == pytest.approx([0.0546, 0.9454], abs=1e-4)
    (row,) = told["results"]
    assert sorted(one["verdict"] for one in row["said"]) == ["above", "tied"]
    assert (row["item_state"], row["output"]) == ("done", "Great! Great! Great! (30, 5.0)")


@pytest.mark.django_db
def test_nothing_the_radar_asked_can_become_what_models_learn_from(cast: Cast) -> None:
    run = hacked(cast)
    turn_on(cast)
    radars.sweep()
    item = RadarCatch.objects.get().item
    with pytest.raises(IntegrityError), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(is_held_out=False)
    # nor do its texts slip into items that somebody makes of the RL prompts
    assert run.prompt_set is not None
    made = make_items(
        actor=cast.admin, project=cast.project, prompt_set=run.prompt_set, kind="ranking"
    )
    assert (made.created, made.too_few) == (0, 4)


@pytest.mark.django_db
def test_the_settings_are_changed_by_those_who_train_and_leave_a_trace(cast: Cast) -> None:
    address = f"/api/v1/projects/{cast.project.pk}/radar"
    engineer = client_for(cast.ml)
    assert engineer.get(address).json()["is_on"] is False
    wish = {"is_on": True, "per_run": 5, "kl_quantile": 0.9}
    assert client_for(cast.labeler).put(address, wish, format="json").status_code == 403
    for _ in range(2):
        saved = engineer.put(address, wish, format="json").json()
    assert (saved["is_on"], saved["per_run"], saved["reward_quantile"]) == (True, 5, 0.8)
    event = AuditEvent.objects.get(action="radar.changed")
    assert (event.actor, event.after["kl_quantile"]) == (cast.ml, 0.9)
    assert engineer.put(address, {"is_on": True, "per_run": 0}, format="json").status_code == 400
