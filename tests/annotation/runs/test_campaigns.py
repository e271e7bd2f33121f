"""Judging campaigns: what meets on which prompts, what the report says of it, and what nobody learns."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from annotation.accounts.models import AuditEvent
from annotation.corpus.models import Completion, PromptSet
from annotation.corpus.texts import messages_of, prompt_hash, text_hash
from annotation.labeling.models import Demonstration, Item, Slot
from annotation.labeling.services import create_demonstration_items
from annotation.lib.errors import Invalid
from annotation.registry import selectors as registry
from annotation.registry.models import ModelVersion
from annotation.runs import campaign_report, campaign_selectors, mix_selectors, round_selectors
from annotation.runs.models import CampaignAnswer, JudgingCampaign, MixPart, Round
from annotation.runs.services import (
    automatic,
    campaigns,
    create_run,
    lifecycle,
    mix_items,
    mixes,
    rounds,
)
from tests.annotation.labeling.work import Labeling, ids, ranking_item
from tests.annotation.runs.loop import go, start
from tests.annotation.runs.test_mixes import plan, sample, version
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def evaluation_set(cast: Cast, count: int, reference: str | None = None) -> PromptSet:
    made = PromptSet.objects.create(
        project=cast.project, name="for judges", purpose="evaluation", language="en"
    )
    for number in range(count):
        messages = messages_of(f"Question {number}")
        made.prompts.create(
            messages=messages,
            text_hash=prompt_hash(messages),
            tags=["odd" if number % 2 else "even"],
            reference=reference if number == 0 else None,
        )
    return made


def begin(cast: Cast, versions: list[ModelVersion], chosen: PromptSet, **more: Any) -> Any:
    wish = {"name": "new against old", **more}
    wish.setdefault("plan", None)
    wish["plan"] = wish["plan"] or plan(cast, n=1)
    return campaigns.begin(
        actor=cast.ml, project=cast.project, versions=versions, prompt_set=chosen, **wish
    )


def draw(campaign: JudgingCampaign) -> JudgingCampaign:
    """What workers do: every version answers every prompt, and items are made."""
    for part in campaign.draw.parts.order_by("id"):
        sample(part)
    mix_items.make(campaign.draw_id)
    return campaign_selectors.campaign(campaign.pk)


def judge(cast: Cast, better: ModelVersion, most: int = 99, who: Any = None, **more: Any) -> None:
    """A labeler puts the answers of this version first, whatever is open."""
    at_work = Labeling(who or cast.labeler, cast.project)
    for _ in range(most):
        found = at_work.claim()
        if found.status_code != 200:
            return
        work = found.json()
        best = {str(one.pk) for one in Completion.objects.filter(policy_version=better)}
        order = sorted(ids(work), key=lambda key: key not in best)
        assert at_work.submit(work, tiers=[[key] for key in order], **more).status_code == 201


def test_every_version_answers_every_chosen_prompt_once_and_nothing_else_is_drawn(
    cast: Cast,
) -> None:
    old, new = version(cast, 1, promoted=True), version(cast, 2)
    chosen = evaluation_set(cast, 8)
    made = draw(begin(cast, [new, old], chosen, prompts=3, tags=["odd"], judgments=2))
    items = Item.objects.all()
    assert (made.prompt_count, made.item_count, items.count()) == (3, 3, 3)
    for item in items:
        assert item.prompt.tags == ["odd"]
        assert (item.needed, item.is_held_out) == (2, True)
        versions = item.item_completions.values_list("completion__policy_version", flat=True)
        assert set(versions) == {old.pk, new.pk}
    assert CampaignAnswer.objects.count() == 6
    assert campaign_selectors.state_of(made) == "judging"
    assert mix_selectors.mixes(cast.project.pk).count() == 0  # its mix is its own affair
    assert AuditEvent.objects.filter(action="campaign.begun").count() == 1


def test_the_same_wish_again_is_the_same_campaign(cast: Cast) -> None:
    versions, chosen, key = [version(cast, 1), version(cast, 2)], evaluation_set(cast, 2), uuid4()
    body = {
        "name": "one",
        "versions": [str(one.pk) for one in versions],
        "prompt_set": str(chosen.pk),
        "plan": str(plan(cast, n=1).pk),
    }
    client = client_for(cast.ml)
    address = f"/api/v1/projects/{cast.project.pk}/campaigns"
    first, again = (
        client.post(address, body, format="json", HTTP_IDEMPOTENCY_KEY=str(key)) for _ in range(2)
    )
    assert (first.status_code, first.json()["id"]) == (202, again.json()["id"])
    assert client.post(address, body, format="json").json()["errors"][0]["field"] == "name"


def test_what_makes_no_sense_is_refused_with_its_reason(cast: Cast) -> None:
    old, new = version(cast, 1), version(cast, 2)
    trained = PromptSet.objects.create(
        project=cast.project, name="trained on", purpose="reward", language="en"
    )
    fields = {
        "versions": {"versions": [old]},
        "base": {"base": version(cast, 3)},
        "prompt_set": {"chosen": trained},
        "prompts": {"prompts": 20_000, "judgments": 2},
    }
    chosen = evaluation_set(cast, 1)
    how = plan(cast, n=1)
    for field, change in fields.items():
        wish = {"versions": [old, new], "chosen": chosen, **change, "plan": how}
        with pytest.raises(Invalid) as refused:
            begin(cast, **wish)
        assert [one["field"] for one in refused.value.details["errors"]] == [field]


# Six prompts. The labeler prefers the new one on the first four that come, the old one on two.
def test_the_report_counts_what_people_said(cast: Cast) -> None:
    old, new = version(cast, 1, promoted=True), version(cast, 2)
    made = draw(begin(cast, [new, old], evaluation_set(cast, 6), base=old))
    judge(cast, new, most=4)
    judge(cast, old, most=2)
    made = campaign_selectors.campaign(made.pk)
    assert (campaign_selectors.state_of(made), made.counted) == ("done", 6)
    told = client_for(cast.ml).get(f"/api/v1/campaigns/{made.pk}/report").json()
    (pair,) = told["pairs"]
    assert [told["contestants"][pair[side]]["version"]["number"] for side in ("one", "other")] == [
        *(2, 1)
    ]
    assert (pair["wins"], pair["ties"], pair["losses"]) == (4, 0, 2)
    assert pair["rate"] == pytest.approx(4 / 6)
    assert pair["interval"][0] < 0.5 < pair["interval"][1]
    assert pair["always"][0] <= pair["interval"][0]
    # ratings of two fit the shares: 400 log10(4/2) = 120.4; the prior pulls by less than one point
    ratings = {one["version"]["number"]: one["rating"] for one in told["contestants"]}
    assert ratings == {1: 0.0, 2: pytest.approx(120.4, abs=1.0)}
    assert {one["name"] for one in told["slices"] if one["dimension"] == "tag"} == {"odd", "even"}
    assert sum(one["judgments"] for one in told["slices"]) == 6
    turned = client_for(cast.ml).get(f"/api/v1/campaigns/{made.pk}/report?base={new.pk}").json()
    assert turned["pairs"][0]["rate"] == pytest.approx(2 / 6)


def test_grades_are_compared_within_a_judgment(cast: Cast) -> None:
    old, new = version(cast, 1), version(cast, 2)
    draw(begin(cast, [new, old], evaluation_set(cast, 2), base=old))
    at_work = Labeling(cast.labeler, cast.project)
    for grades in ((6, 2), (5, 5)):
        work = at_work.work()
        by = dict(Completion.objects.filter(pk__in=ids(work)).values_list("policy_version", "pk"))
        given = dict(zip((new.pk, old.pk), grades, strict=True))
        body = {str(by[key]): {"overall": grade} for key, grade in given.items()}
        assert at_work.submit(work, grades=body).status_code == 201
    told = campaign_report.report(campaign_selectors.campaign(JudgingCampaign.objects.get().pk))
    (axis,) = told["axes"]
    means = {one["contestant"]: one["mean"] for one in axis["contestants"]}
    assert (axis["axis"], means) == ("overall", {0: 5.5, 1: 3.5})
    first = axis["contestants"][0]
    assert (first["wins"], first["ties"], first["rate"]) == (1, 1, 0.75)


def test_three_policies_share_an_item_and_equal_texts_are_one_answer_of_both(cast: Cast) -> None:
    old, mid, new = (version(cast, number) for number in (1, 2, 3))
    begun = begin(cast, [new, mid, old], evaluation_set(cast, 2))
    copier = begun.draw.parts.get(policy_version=mid)
    first = begun.draw.prompts.order_by("id").first()
    assert first is not None
    text = f"{old.name} says {copier.plan.name} 0"  # as the old one will
    Completion.objects.create(
        prompt=first.prompt,
        origin="policy",
        policy_version=mid,
        plan=copier.plan,
        sample_index=0,
        text=text,
        text_hash=text_hash(text),
    )
    draw(begun)
    judge(cast, new)
    told = campaign_report.report(campaign_selectors.campaign(begun.pk))
    counts = {
        tuple(told["contestants"][pair[side]]["version"].number for side in ("one", "other")): (
            *(pair["judgments"], pair["same"]),
        )
        for pair in told["pairs"]
    }
    # on the first prompt the judgment of the shared text against the new one counts for both
    assert counts == {(2, 1): (1, 1), (2, 3): (2, 0), (1, 3): (2, 0)}


def test_the_reference_takes_part_where_there_is_one(cast: Cast) -> None:
    new = version(cast, 1)
    chosen = evaluation_set(cast, 3, reference="By the book.")
    _, second, _ = chosen.prompts.order_by("id")
    at_work = Labeling(cast.labeler, cast.project)
    create_demonstration_items(project=cast.project, prompts=[second.pk])
    at_work.write(at_work.work(), "By hand.")
    assert Demonstration.objects.count() == 1
    made = draw(begin(cast, [new], chosen, with_reference=True))
    texts = set(
        CampaignAnswer.objects.filter(version=None).values_list("completion__text", flat=True)
    )
    assert texts == {"By the book.", "By hand."}
    assert made.item_count == 2
    judge(cast, new, who=cast.second_labeler)  # nobody judges what they wrote
    told = client_for(cast.ml).get(f"/api/v1/campaigns/{made.pk}/report").json()
    assert told["contestants"][1]["version"] is None
    assert (told["pairs"][0]["judgments"], told["pairs"][0]["losses"]) == (2, 2)


def test_a_labeler_sees_the_same_as_of_any_other_item(cast: Cast) -> None:
    old, new = version(cast, 1), version(cast, 2)
    draw(begin(cast, [new, old], evaluation_set(cast, 1), comes_first=True))
    campaign_work = Labeling(cast.labeler, cast.project).work()
    ranking_item(cast.project, k=2)
    plain = Labeling(cast.labeler, cast.project).work([campaign_work["slot_id"]])
    assert shape(campaign_work) == shape(plain)
    told = str(campaign_work)
    campaign = JudgingCampaign.objects.get()
    for hidden in (campaign.pk, campaign.draw_id, old.pk, new.pk, "for judges", campaign.name):
        assert str(hidden) not in told
    for address in ("", "/report"):
        answer = client_for(cast.labeler).get(f"/api/v1/campaigns/{campaign.pk}{address}")
        assert answer.status_code == 403


def shape(found: Any) -> Any:
    """Names and types, no values."""
    if isinstance(found, dict):
        return {name: shape(value) for name, value in found.items()}
    return [shape(one) for one in found[:1]] if isinstance(found, list) else type(found).__name__


def test_judgments_of_a_campaign_are_new_to_no_round_unless_they_are_for_training(
    cast: Cast,
) -> None:
    old, new = version(cast, 1, promoted=True), version(cast, 2)
    chosen = evaluation_set(cast, 1)
    how = plan(cast, n=1)
    round: Round = rounds.open_round(project=cast.project, policy_version=old, actor=cast.ml)
    draw(begin(cast, [new, old], chosen, plan=how))
    judge(cast, new)
    assert round_selectors.new_judgments(round) == 0
    again = begin(cast, [new, old], chosen, plan=how, name="kept", is_for_training=True)
    for part in again.draw.parts.all():
        lease = lifecycle.claim(part.run_id, "a test")
        assert lease is not None
        lifecycle.succeed(lease, report={})
    mix_items.make(again.draw_id)
    assert Item.objects.count() == 2  # the same texts, judged anew
    judge(cast, new, who=cast.second_labeler)
    assert round_selectors.new_judgments(round) == 1


def test_an_ended_campaign_hands_out_nothing_and_keeps_what_was_said(cast: Cast) -> None:
    old, new = version(cast, 1), version(cast, 2)
    made = draw(begin(cast, [new, old], evaluation_set(cast, 3)))
    judge(cast, new, most=1)
    address = f"/api/v1/campaigns/{made.pk}/end"
    told = [client_for(cast.ml).post(address).json() for _ in range(2)]
    assert [one["state"] for one in told] == ["ended", "ended"]
    assert told[0]["judgments"] == 1
    assert not Slot.objects.filter(state="open").exists()
    assert Labeling(cast.second_labeler, cast.project).claim().status_code == 204
    assert campaign_report.report(made)["pairs"][0]["judgments"] == 1


def test_automatic_figures_stand_beside_with_their_run(cast: Cast) -> None:
    old, new = version(cast, 1), version(cast, 2)
    chosen = evaluation_set(cast, 1)
    made = begin(cast, [new, old], chosen)
    run = create_run(project=cast.project, kind="evaluate", policy_version=new, prompt_set=chosen)
    lease = lifecycle.claim(run.pk, "a test")
    assert lease is not None
    score = {"value": 1.5, "low": 1.0, "high": 2.0}
    lifecycle.succeed(lease, report={"policy": {"bleu": 12.5, "rouge_l": 0.4, "score": score}})
    (found,) = client_for(cast.ml).get(f"/api/v1/campaigns/{made.pk}/report").json()["metrics"]
    assert (found["version"]["number"], found["run"], found["same_prompts"]) == (
        *(2, str(run.pk)),
        True,
    )
    assert (found["bleu"], found["rouge_l"], found["reward"]) == (12.5, 0.4, 1.5)
    assert MixPart.objects.count() == 2


# --- the gate of automatic rounds -----------------------------------------------------------------


def at_the_judges(cast: Cast) -> JudgingCampaign:
    """A round of a plan that asks for a campaign, with what its campaign needs sampled."""
    chosen = evaluation_set(cast, 14)
    start(cast, evaluation_set=chosen, least_campaign_win_rate=0.5, campaign_prompts=14)
    round = go(cast, until="judge")
    assert round.campaign is not None
    return draw(campaign_selectors.campaign(round.campaign.pk))


def test_a_round_promotes_as_soon_as_people_surely_prefer_the_new_policy(cast: Cast) -> None:
    made = at_the_judges(cast)
    new, in_use = campaign_selectors.versions_of(made)
    assert (in_use.status, made.base) == ("promoted", in_use)
    judge(cast, new, most=9)
    assert automatic.advance_all() == 0  # nine straight wins are not yet sure
    judge(cast, new, most=2)
    automatic.advance_all()
    round = made.round
    round.refresh_from_db()
    assert (round.outcome, registry.promoted(project_id=cast.project.pk, kind="policy")) == (
        *("promoted", new),
    )
    (gate,) = round.events.get(kind="passed", step="judge").figures["gates"]
    assert (gate["gate"], gate["value"], gate["bound"]) == ("campaign_win_rate", 1.0, 0.5)
    assert gate["low"] > 0.5
    assert campaign_selectors.state_of(campaign_selectors.campaign(made.pk)) == "ended"


def test_a_policy_that_people_surely_do_not_prefer_is_not_promoted_and_the_round_says_why(
    cast: Cast,
) -> None:
    made = at_the_judges(cast)
    _, in_use = campaign_selectors.versions_of(made)
    judge(cast, in_use, most=11)
    automatic.advance_all()
    told = client_for(cast.ml).get(f"/api/v1/rounds/{made.round.pk}").json()
    assert (told["state"], told["question"]["reason"], told["campaign"]) == (
        *("asks", "gate"),
        str(made.pk),
    )
    (step,) = [one for one in told["steps"] if one["step"] == "judge"]
    assert [(one["gate"], one["passed"]) for one in step["gates"]] == [("campaign_win_rate", False)]
    assert registry.promoted(project_id=cast.project.pk, kind="policy") == in_use


def test_a_policy_that_people_must_prefer_comes_into_use_by_a_win_or_with_a_reason(
    cast: Cast, settings: Any, tmp_path: Any
) -> None:
    settings.ARTIFACT_DIR = tmp_path
    chosen = evaluation_set(cast, 14)
    start(cast, evaluation_set=chosen, least_campaign_win_rate=0.5)
    old, new = registry.promoted(project_id=cast.project.pk, kind="policy"), version(cast, 2)
    assert old is not None
    client, address = client_for(cast.ml), f"/api/v1/versions/{new.pk}"

    def check() -> Any:
        checks = client.get(f"{address}/card").json()["checks"]
        (found,) = [one for one in checks if one["gate"] == "campaign_win_rate"]
        return found

    assert (check()["value"], check()["bound"], check()["passed"]) == (None, 0.5, False)
    refused = client.post(f"{address}/promote", {}, format="json")
    assert refused.status_code == 409
    assert "campaign_win_rate" in refused.json()["checks"]
    draw(begin(cast, [old, new], chosen, plan=plan(cast, n=1, name="cool")))
    judge(cast, new)
    # fourteen wins of fourteen
    assert (check()["value"], check()["passed"]) == (1.0, True)
    assert check()["low"] > 0.5
    reason = {"reason": "its files are elsewhere"}
    assert client.post(f"{address}/promote", reason, format="json").status_code == 200
    passed_over = AuditEvent.objects.get(action="version.promoted", object_id=new.pk).after
    assert "campaign_win_rate" not in passed_over["passed_over"]


# --- after its end --------------------------------------------------------------------------------


def test_a_campaign_ended_between_two_commits_of_its_making_gets_no_more_items(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = version(cast, 1), version(cast, 2)
    begun = begin(cast, [new, old], evaluation_set(cast, 3))
    for part in begun.draw.parts.order_by("id"):
        sample(part)
    monkeypatch.setattr(mix_items, "PROMPTS_AT_ONCE", 1)
    make_chunk = mix_items._make_chunk

    def make_and_end(*chunk: Any) -> int:
        made = make_chunk(*chunk)
        campaigns.end(actor=cast.ml, campaign=begun)
        return made

    monkeypatch.setattr(mix_items, "_make_chunk", make_and_end)
    assert mix_items.make(begun.draw_id) == 1
    assert [item.state for item in Item.objects.all()] == ["void"]
    assert Labeling(cast.labeler, cast.project).claim().status_code == 204


def test_a_campaign_ended_when_its_sampling_is_over_gets_no_items(cast: Cast) -> None:
    old, new = version(cast, 1), version(cast, 2)
    begun = begin(cast, [new, old], evaluation_set(cast, 2))
    for part in begun.draw.parts.order_by("id"):
        sample(part)
    assert list(mix_selectors.due()) == [begun.draw]
    campaigns.end(actor=cast.ml, campaign=begun)
    assert not mix_selectors.due().exists()
    assert mix_items.make(begun.draw_id) == 0
    assert not Item.objects.exists()


def test_the_sampling_of_an_ended_campaign_is_not_taken_up_again(cast: Cast) -> None:
    old, new = version(cast, 1), version(cast, 2)
    begun = begin(cast, [new, old], evaluation_set(cast, 2))
    campaigns.end(actor=cast.ml, campaign=begun)
    client, address = client_for(cast.ml), f"/api/v1/mix-draws/{begun.draw_id}"
    runs = [f"/api/v1/runs/{part.run_id}/retry" for part in begun.draw.parts.all()]
    for act in (f"{address}/retry", f"{address}/make-items", *runs):
        answer = client.post(act)
        assert (answer.status_code, answer.json()["code"]) == (409, "campaign_ended")
    assert set(begun.draw.parts.values_list("run__status", flat=True)) == {"cancelled"}
    begun.draw.refresh_from_db()
    assert begun.draw.missing == "wait"


@pytest.mark.parametrize(("answered", "state"), [(0, "stopped"), (1, "judging")])
def test_a_campaign_takes_what_is_there_only_where_everyone_answered_something(
    cast: Cast, answered: int, state: str
) -> None:
    versions = [version(cast, number) for number in (1, 2, 3)]
    begun = begin(cast, versions, evaluation_set(cast, 2))
    for part in begun.draw.parts.order_by("id"):
        failed = part.policy_version == versions[2]
        sample(part, end="failed" if failed else "succeeded", only=answered if failed else None)
    mixes.make_of_what_is_there(actor=cast.ml, draw=begun.draw)
    assert mix_items.make(begun.draw_id) == 2
    assert campaign_selectors.state_of(campaign_selectors.campaign(begun.pk)) == state
