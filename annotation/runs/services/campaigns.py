"""Judging campaigns: begun once, ended by hand or by a round. What was said stays."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.models import Prompt, PromptSet, SamplingPlan
from annotation.labeling.models import Item
from annotation.labeling.services import void_item
from annotation.lib import locks
from annotation.lib.errors import FieldProblem, Invalid, Refused
from annotation.projects.models import Project
from annotation.registry.models import ModelVersion
from annotation.runs import mixing
from annotation.runs.models import JudgingCampaign, MixDraw, Run
from annotation.runs.services import lifecycle, mixes

MOST_JUDGMENTS = 20_000
"""Of a campaign: its report is reckoned while somebody waits."""


@transaction.atomic
def begin(
    *,
    actor: User | None,
    project: Project,
    name: str,
    versions: list[ModelVersion],
    prompt_set: PromptSet,
    plan: SamplingPlan,
    base: ModelVersion | None = None,
    with_reference: bool = False,
    prompts: int = 200,
    tags: list[str] | None = None,
    languages: list[str] | None = None,
    judgments: int = 1,
    is_for_training: bool = False,
    comes_first: bool = False,
    seed: int = 0,
    idempotency_key: UUID | None = None,
) -> JudgingCampaign:
    """Queue the sampling of every version on the prompts; the items follow by themselves.

    `prompts`: at most so many, drawn at random by the seed among those that have one of the `tags` and
    one of the `languages` (none: any). `judgments`: per prompt. The first version is the base unless one
    is named. The same key gives the same campaign. Raises Invalid naming field and rule.
    """
    locks.hold("mixes", project.pk)
    if idempotency_key is not None:
        earlier = JudgingCampaign.objects.filter(draw__idempotency_key=idempotency_key).first()
        if earlier is not None:
            if (earlier.project_id, earlier.name) != (project.pk, name):
                raise Refused("different_content", "This key was used for another campaign.")
            return earlier
    base = base or next(iter(versions), None)
    if errors := _problems(project, name, versions, base, prompt_set, with_reference):
        raise Invalid(*errors)
    assert base is not None  # without versions there was a problem
    if prompts * judgments > MOST_JUDGMENTS:
        words = f"Prompts times judgments may be {MOST_JUDGMENTS} at most."
        raise Invalid(("prompts", "at_most", words))
    asked = {"tags": tags or [], "languages": languages or []}
    chosen = _prompts(prompt_set, seed, prompts, **asked)
    references = int(with_reference)
    mix = mixes.create_mix(
        actor=actor,
        project=project,
        name=name,
        rows=[
            {"policy": "version", "policy_version": one, "plan": plan, "count": 1}
            for one in versions
        ],
        older_percent=0,
        seed=seed,
        references=references,
    )
    made = JudgingCampaign.objects.create(
        project=project,
        name=name,
        draw=mixes.draw(
            actor=actor,
            mix=mix,
            prompt_set=prompt_set,
            prompts=chosen,
            references=references,
            needed=judgments,
            idempotency_key=idempotency_key,
        ),
        base=base,
        with_reference=with_reference,
        is_for_training=is_for_training,
        comes_first=comes_first,
        conditions={"prompts": prompts, **asked},
        created_by=actor,
    )
    after = {
        "name": name,
        "versions": [str(one.pk) for one in versions],
        "prompts": len(chosen),
        "judgments": judgments,
        "is_for_training": is_for_training,
    }
    record(actor=actor, action="campaign.begun", thing=made, after=after)
    return made


def _problems(
    project: Project,
    name: str,
    versions: list[ModelVersion],
    base: ModelVersion | None,
    prompt_set: PromptSet,
    with_reference: bool,
) -> list[FieldProblem]:
    errors: list[FieldProblem] = []
    if JudgingCampaign.objects.filter(project=project, name=name).exists():
        errors.append(("name", "taken", "There is a campaign of this name already."))
    if len(set(versions)) + with_reference < 2:
        words = "Choose two different versions, or one and the reference answers."
        errors.append(("versions", "at_least", words))
    elif len(set(versions)) < len(versions):
        errors.append(("versions", "twice", "Choose every version once."))
    if base is not None and base not in versions:
        errors.append(("base", "unknown", "The base must be one of the versions."))
    if prompt_set.purpose != PromptSet.Purpose.EVALUATION:
        words = "Choose a prompt set of purpose evaluation: others were trained on."
        errors.append(("prompt_set", "purpose", words))
    elif prompt_set.retired_at is not None:
        errors.append(("prompt_set", "retired", "This prompt set is retired."))
    return errors


def _prompts(
    prompt_set: PromptSet, seed: int, most: int, *, tags: list[str], languages: list[str]
) -> list[tuple[UUID, str]]:
    """Key and text hash of the prompts, in the order of the seed. Raises Invalid."""
    found = Prompt.objects.filter(prompt_set=prompt_set, retired_at=None)
    if tags:
        found = found.filter(tags__overlap=tags)
    if languages:
        own = Q(language__in=languages)
        found = found.filter(own | Q(language="") if prompt_set.language in languages else own)
    rows = mixing.shuffled(seed, found.values_list("id", "text_hash"))[:most]
    if not rows:
        raise Invalid(("prompt_set", "empty", "No prompt of this set fits what was asked for."))
    return rows


@transaction.atomic
def end(*, actor: User | None, campaign: JudgingCampaign) -> JudgingCampaign:
    """Hand out no more of it and stop its sampling; judgments stay. Doing it twice changes nothing."""
    MixDraw.objects.select_for_update(no_key=True).get(pk=campaign.draw_id)
    campaign = JudgingCampaign.objects.select_related("draw").get(pk=campaign.pk)
    if campaign.ended_at is not None:
        return campaign
    runs = campaign.draw.parts.values("run_id")
    for run in Run.objects.filter(pk__in=runs, status__in=Run.ACTIVE):
        lifecycle.cancel(run=run, actor=actor)
    sampled = campaign.draw.prompts.filter(item__state=Item.State.OPEN)
    for item in Item.objects.filter(pk__in=sampled.values("item_id")).order_by("pk"):
        void_item(actor=actor, item=item)
    JudgingCampaign.objects.filter(pk=campaign.pk).update(ended_at=Now())
    record(actor=actor, action="campaign.ended", thing=campaign, after=_told(campaign))
    campaign.refresh_from_db()
    return campaign


def _told(campaign: JudgingCampaign) -> dict[str, Any]:
    return {"name": campaign.name}
