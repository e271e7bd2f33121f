"""Sampling mixes: who fills an item's places, items made once, parts that fail, and who wins."""

from __future__ import annotations

import json
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from annotation.accounts.models import AuditEvent
from annotation.corpus.models import Completion, Prompt, PromptSet, SamplingPlan
from annotation.corpus.texts import text_hash
from annotation.labeling.models import Item, ItemCompletion
from annotation.lib.errors import Conflict, Invalid
from annotation.registry.models import Artifact, ModelVersion
from annotation.registry.services import promote
from annotation.runs import mix_selectors, mixing
from annotation.runs.models import MixDraw, MixPart, MixPrompt, Run, SamplingMix
from annotation.runs.services import lifecycle, mix_items, mixes
from tests.annotation.labeling.work import Labeling, add_prompt
from tests.annotation.labeling.work import prompt_set as named_set
from tests.cast import Cast, assemble, client_for


def version(cast: Cast, number: int, *, promoted: bool = False, stage: str = "rl") -> ModelVersion:
    artifact, _ = Artifact.objects.get_or_create(
        digest="ab" * 32, defaults={"bytes": 1, "files": {}}
    )
    made = ModelVersion.objects.create(
        project=cast.project,
        kind="policy",
        number=number,
        name=f"policy-{number}",
        stage=stage,
        artifact=artifact,
    )
    return promote(version=made, actor=cast.ml) if promoted else made


def plan(cast: Cast, n: int = 4, name: str = "warm") -> SamplingPlan:
    return SamplingPlan.objects.create(
        project=cast.project, name=name, strategy="sample", n=n, max_new_tokens=8
    )


def row(policy: str, plan: SamplingPlan, count: int, version: ModelVersion | None = None) -> Any:
    return {"policy": policy, "policy_version": version, "plan": plan, "count": count}


def mix_of(cast: Cast, *rows: Any, older_percent: int = 0, seed: int = 7) -> SamplingMix:
    return mixes.create_mix(
        actor=cast.ml,
        project=cast.project,
        name="mix",
        rows=list(rows),
        older_percent=older_percent,
        seed=seed,
    )


def prompts(cast: Cast, count: int) -> PromptSet:
    for number in range(count):
        add_prompt(cast.project, f"Question {number}")
    return named_set(cast.project)


def sample(part: MixPart, *, end: str = "succeeded", only: int | None = None) -> None:
    """What a worker does for a part: its completions, then its end."""
    lease = lifecycle.claim(part.run_id, "a test")
    assert lease is not None
    for wanted in mix_selectors.prompts_of(part).order_by("id")[:only]:
        complete(wanted.prompt, part.policy_version, part.plan, part.plan.n)
    with transaction.atomic():
        if end == "succeeded":
            lifecycle.succeed(lease, report={})
        else:
            lifecycle.fail(lease, code="diverged", message="no luck")


def complete(prompt: Prompt, by: ModelVersion, how: SamplingPlan, count: int) -> None:
    for index in range(count):
        text = f"{by.name} says {how.name} {index}"
        Completion.objects.get_or_create(
            prompt=prompt,
            origin="policy",
            policy_version=by,
            plan=how,
            sample_index=index,
            defaults={"text": text, "text_hash": text_hash(text)},
        )


def texts(item: Item | None) -> set[str]:
    assert item is not None
    return set(item.item_completions.values_list("completion__text", flat=True))


def made(draw: MixDraw) -> list[MixPrompt]:
    return list(draw.prompts.filter(state="made").select_related("item").order_by("id"))


# The order of these hashes and the places are those of `printf '7:p0' | sha256sum` and
# `printf '7:p0:place' | sha256sum`: p2 02b2…, p7 2593…, p9 656a…, p6 6dc3…, p0 7292…
def test_the_seed_alone_says_which_prompts_get_an_older_completion_and_whose_place() -> None:
    names = [f"p{number}" for number in range(10)]
    assert mixing.chosen_for_older(7, 15, names) == ["p2", "p7"]
    assert mixing.chosen_for_older(7, 25, reversed(names)) == ["p2", "p7", "p9"]
    assert mixing.chosen_for_older(7, 0, names) == []
    assert [mixing.giver(7, f"p{number}", [2, 1, 1]) for number in range(4)] == [1, 0, 0, 1]


def test_several_policies_share_an_item_and_a_fifth_of_the_items_holds_an_older_one(
    cast: Cast,
) -> None:
    old, previous = version(cast, 1, stage="base"), version(cast, 2, promoted=True)
    newest, how = version(cast, 3, promoted=True), plan(cast)
    before = plan(cast, name="long ago")
    chosen = prompts(cast, 10)
    for prompt in chosen.prompts.all():
        complete(prompt, old, before, 2)
    mix = mix_of(cast, row("promoted", how, 2), row("previous", how, 2), older_percent=20)
    draw = mixes.draw(actor=cast.ml, mix=mix, prompt_set=chosen)
    parts = list(draw.parts.order_by("id"))
    assert [(part.policy_version, part.count) for part in parts] == [(newest, 2), (previous, 2)]
    for part in parts:
        assert not Item.objects.exists()
        sample(part)
        mix_items.make(draw.id)
    found = made(draw)
    assert len(found) == Item.objects.count() == 10
    with_older = [one for one in found if one.gives is not None]
    assert len(with_older) == 2
    for one in found:
        assert one.item is not None
        shown = texts(one.item)
        assert len(shown) == 4
        assert ("policy-1 says long ago 0" in shown) == (one in with_older)
        assert "policy-1 says long ago 1" not in shown
    assert AuditEvent.objects.filter(action="sampling_mix.drawn").count() == 1


def test_where_no_older_round_sampled_the_prompt_an_older_promoted_version_does(
    cast: Cast,
) -> None:
    older, newest, how = (
        version(cast, 1, promoted=True),
        version(cast, 2, promoted=True),
        plan(cast),
    )
    mix = mix_of(cast, row("promoted", how, 3), older_percent=50)
    draw = mixes.draw(actor=cast.ml, mix=mix, prompt_set=prompts(cast, 4))
    own, extra = draw.parts.order_by("id")
    assert (own.policy_version, extra.policy_version) == (newest, older)
    assert (mix_selectors.prompts_of(own).count(), mix_selectors.prompts_of(extra).count()) == (
        4,
        2,
    )
    sample(own)
    sample(extra)
    assert mix_items.make(draw.id) == 4
    old_texts = [len([t for t in texts(one.item) if "policy-1" in t]) for one in made(draw)]
    assert sorted(old_texts) == [0, 0, 1, 1]
    assert all(len(texts(one.item)) == 3 for one in made(draw))


def test_without_any_older_version_the_items_keep_their_places_and_the_draw_says_so(
    cast: Cast,
) -> None:
    version(cast, 1, promoted=True)
    mix = mix_of(cast, row("promoted", plan(cast), 3), older_percent=50)
    draw = mixes.draw(actor=cast.ml, mix=mix, prompt_set=prompts(cast, 4))
    sample(draw.parts.get())
    assert mix_items.make(draw.id) == 4
    draw.refresh_from_db()
    assert draw.older_lacking == 2


def test_a_failed_part_holds_the_items_back_until_it_was_retried(cast: Cast) -> None:
    version(cast, 1, promoted=True)
    version(cast, 2, promoted=True)
    how = plan(cast)
    mix = mix_of(cast, row("promoted", how, 2), row("previous", how, 1))
    draw = mixes.draw(actor=cast.ml, mix=mix, prompt_set=prompts(cast, 3))
    with pytest.raises(Conflict):
        mixes.retry(actor=cast.ml, draw=draw)
    first, second = draw.parts.order_by("id")
    sample(first)
    sample(second, end="failed", only=1)
    assert mix_items.make(draw.id) == 0
    assert mix_selectors.state_of(mix_selectors.draw(draw.id)) == "stopped"
    mixes.retry(actor=cast.ml, draw=draw)
    assert mix_selectors.state_of(mix_selectors.draw(draw.id)) == "sampling"
    sample(second)
    assert list(mix_selectors.due()) == [draw]
    assert (mix_items.make(draw.id), mix_items.make(draw.id)) == (3, 0)
    assert mix_selectors.state_of(mix_selectors.draw(draw.id)) == "done"
    assert not mix_selectors.due().exists()


def test_whoever_does_not_wait_gets_items_of_two_or_more_and_the_rest_after_the_retry(
    cast: Cast,
) -> None:
    version(cast, 1, promoted=True)
    version(cast, 2, promoted=True)
    how = plan(cast)
    mix = mix_of(cast, row("promoted", how, 1), row("previous", how, 1))
    draw = mixes.draw(actor=cast.ml, mix=mix, prompt_set=prompts(cast, 3))
    first, second = draw.parts.order_by("id")
    sample(first)
    sample(second, end="failed", only=1)
    mixes.make_of_what_is_there(actor=cast.admin, draw=draw)
    mixes.make_of_what_is_there(actor=cast.admin, draw=draw)
    assert AuditEvent.objects.filter(action="sampling_mix.waits_no_longer").count() == 1
    assert (mix_items.make(draw.id), mix_items.make(draw.id)) == (1, 0)
    assert draw.prompts.filter(state="waiting").count() == 2
    mixes.retry(actor=cast.ml, draw=draw)
    sample(second)
    assert mix_items.make(draw.id) == 2
    assert Item.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_hint_make_the_items_once() -> None:
    cast = assemble()
    version(cast, 1, promoted=True)
    mix = mix_of(cast, row("promoted", plan(cast), 2))
    draw = mixes.draw(actor=cast.ml, mix=mix, prompt_set=prompts(cast, 30))
    sample(draw.parts.get())
    barrier, counts = Barrier(2), []

    def worker() -> None:
        try:
            barrier.wait()
            counts.append(mix_items.make(draw.id))
        finally:
            connection.close()

    threads = [Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == Item.objects.count() == 30
    assert draw.prompts.filter(state="made").count() == 30


def test_a_draw_is_asked_for_once_and_only_new_prompts_are_drawn_again(cast: Cast) -> None:
    version(cast, 1, promoted=True)
    mix, chosen = mix_of(cast, row("promoted", plan(cast), 2)), prompts(cast, 3)
    key = uuid4()
    wish: dict[str, Any] = {"actor": cast.ml, "mix": mix, "prompt_set": chosen}
    once = mixes.draw(**wish, limit=2, idempotency_key=key)
    assert mixes.draw(**wish, limit=2, idempotency_key=key) == once
    assert Run.objects.count() == 1
    assert mixes.draw(**wish, only_new=True).prompts.count() == 1
    with pytest.raises(Invalid) as refused:
        mixes.draw(**wish, only_new=True)
    assert refused.value.details["errors"][0]["rule"] == "empty"
    version(cast, 2, promoted=True)  # another policy: everything is new to it
    assert mixes.draw(**wish, only_new=True).prompts.count() == 3


def problems(client: APIClient, cast: Cast, **body: Any) -> list[tuple[str, str]]:
    answer = client.post(
        f"/api/v1/projects/{cast.project.id}/sampling-mixes",
        {"name": "m", **body},
        format="json",
    )
    assert answer.status_code == 400, answer.content
    return [(error["field"], error["rule"]) for error in answer.json()["errors"]]


def test_a_mix_that_does_not_fit_is_refused_by_field_and_rule(cast: Cast) -> None:
    client, few = client_for(cast.admin), str(plan(cast, n=2).id)
    one = {"policy": "promoted", "plan": few}
    refused = [
        problems(client, cast, rows=[{**one, "count": 3}]),
        problems(client, cast, rows=[{**one, "count": 1}]),
        problems(client, cast, rows=[{**one, "count": 1}, {**one, "count": 1}]),
        problems(client, cast, rows=[{**one, "policy": "version", "count": 2}]),
        problems(client, cast, rows=[{**one, "count": 2}], older_percent=51),
        problems(
            client,
            cast,
            rows=[
                {**one, "count": 2},
                {**one, "policy": "base", "count": 2},
                {**one, "policy": "previous", "count": 1},
            ],
        ),
        problems(client, cast, rows=[{**one, "plan": str(uuid4()), "count": 2}]),
    ]
    assert refused == [
        [("rows.0.count", "at_most")],
        [("rows", "places")],
        [("rows.1", "twice")],
        [("rows.0.policy_version", "required")],
        [("older_percent", "max_value")],
        [("rows", "completions_per_item")],
        [("rows.0.plan", "missing")],
    ]


def test_a_draw_without_the_policy_it_names_says_which_row(cast: Cast) -> None:
    mix = mix_of(cast, row("promoted", plan(cast), 2))
    with pytest.raises(Invalid) as refused:
        mixes.draw(actor=cast.ml, mix=mix, prompt_set=prompts(cast, 1))
    assert refused.value.details["errors"][0]["field"] == "rows.0.policy"


def test_labelers_learn_nothing_of_a_mix(cast: Cast) -> None:
    version(cast, 1, promoted=True)
    version(cast, 2, promoted=True)
    how = plan(cast)
    mix = mix_of(cast, row("promoted", how, 2), row("previous", how, 2), older_percent=50)
    draw = mixes.draw(actor=cast.ml, mix=mix, prompt_set=prompts(cast, 2))
    for prompt in draw.prompts.all():  # texts that do not name who wrote them
        for part in draw.parts.all():
            for index in range(4):
                text = f"An answer {part.id.hex[-6:][::-1]} {index}"
                Completion.objects.create(
                    prompt=prompt.prompt, origin="policy", policy_version=part.policy_version,
                    plan=part.plan, sample_index=index, text=text, text_hash=text_hash(text),
                )  # fmt: skip
    for part in draw.parts.order_by("id"):
        sample(part)
    assert mix_items.make(draw.id) == 2
    work = Labeling(cast.labeler, cast.project).work()
    told = json.dumps(work)
    hidden = [draw.id, mix.id, how.id, *(part.policy_version_id for part in draw.parts.all())]
    assert not [key for key in hidden if str(key) in told]
    assert "policy" not in told
    assert "warm" not in told
    assert set(work["completions"][0]) == {"id", "text"}
    for person in (cast.labeler, cast.reviewer):
        client = client_for(person)
        for page in ("draws", "comparison"):
            assert client.get(f"/api/v1/sampling-mixes/{mix.id}/{page}").status_code == 403


def test_the_comparison_counts_strict_pairs_between_policies_and_new_against_old(
    cast: Cast,
) -> None:
    older = version(cast, 1, promoted=True)
    newest, how = version(cast, 2, promoted=True), plan(cast)
    mix = mix_of(cast, row("promoted", how, 3), older_percent=50)
    draw = mixes.draw(actor=cast.ml, mix=mix, prompt_set=prompts(cast, 2))
    for part in draw.parts.order_by("id"):
        sample(part)
    mix_items.make(draw.id)
    labeler = Labeling(cast.labeler, cast.project)
    for _ in range(2):
        work = labeler.work()
        new = [one["id"] for one in work["completions"] if "policy-2" in one["text"]]
        old = [one["id"] for one in work["completions"] if "policy-1" in one["text"]]
        # one new text above the old one, the other new text level with it
        tiers = [[new[0]], [*old, *new[1:]]]
        assert labeler.submit(work, tiers=tiers).status_code == 201
    answer = client_for(cast.ml).get(f"/api/v1/sampling-mixes/{mix.id}/comparison").json()
    # Only one of the two items holds an old text: one strict pair, won by the new; the tie is none.
    share = {"pairs": 1, "wins": 1, "items": 1, "share": 1.0}
    told = answer["new_against_old"]
    assert {key: told[key] for key in share} == share
    # Wilson for 1 of 1: 1 / (1 + 1.96²) = 0.2065
    assert told["interval"] == pytest.approx([0.2065, 1.0], abs=1e-3)
    [pair] = answer["versions"]
    assert (pair["newer"]["id"], pair["older"]["id"]) == (str(newest.id), str(older.id))
    assert (pair["pairs"], pair["wins"]) == (1, 1)
    assert ItemCompletion.objects.count() == 6


def test_a_draw_that_waits_no_longer_is_making_and_then_done(cast: Cast) -> None:
    version(cast, 1, promoted=True)
    version(cast, 2, promoted=True)
    how = plan(cast)
    mix = mix_of(cast, row("promoted", how, 1), row("previous", how, 1))
    draw = mixes.draw(actor=cast.ml, mix=mix, prompt_set=prompts(cast, 3))

    def state() -> str:
        return mix_selectors.state_of(mix_selectors.draw(draw.id))

    first, second = draw.parts.order_by("id")
    sample(first)
    sample(second, end="failed", only=1)
    assert state() == "stopped"
    mixes.make_of_what_is_there(actor=cast.ml, draw=draw)
    assert state() == "making"
    assert (mix_items.make(draw.id), state()) == (1, "done")
    mixes.retry(actor=cast.ml, draw=draw)
    assert state() == "sampling"
    sample(second)
    assert state() == "making"
    assert (mix_items.make(draw.id), state()) == (2, "done")
