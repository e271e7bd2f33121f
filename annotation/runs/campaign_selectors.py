"""Reads of judging campaigns: the list, how far each is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from annotation.lib.errors import Missing
from annotation.registry.models import ModelVersion
from annotation.runs import mix_selectors
from annotation.runs.models import JudgingCampaign

STATES = ("sampling", "stopped", "making", "judging", "done", "ended")


def campaigns(project_id: UUID) -> QuerySet[JudgingCampaign]:
    """A project's campaigns with how far they are."""
    return _seen().filter(project_id=project_id)


def campaign(campaign_id: UUID) -> JudgingCampaign:
    """One campaign. Raises Missing."""
    found = _seen().filter(pk=campaign_id).first()
    if found is None:
        raise Missing
    return found


def _seen() -> QuerySet[JudgingCampaign]:
    rows = JudgingCampaign.objects.select_related("base", "draw__prompt_set").prefetch_related(
        "draw__parts__run", "draw__parts__policy_version", "draw__parts__plan"
    )
    made = Q(draw__prompts__state="made")
    return rows.annotate(
        prompt_count=Count("draw__prompts"),
        item_count=Count("draw__prompts", filter=made),
        open_count=Count("draw__prompts", filter=Q(draw__prompts__item__state="open")),
        counted=Coalesce(Sum("draw__prompts__item__counted"), 0),
    )


def versions_of(campaign: JudgingCampaign) -> list[ModelVersion]:
    """The policies that meet, in the order they were named."""
    parts = sorted(campaign.draw.parts.all(), key=lambda part: part.pk)
    return [part.policy_version for part in parts]


def state_of(campaign: Any) -> str:
    """One of STATES, of a campaign with its figures."""
    if campaign.ended_at is not None:
        return "ended"
    sampled = mix_selectors.state_of(campaign.draw)
    if sampled != "done":
        return sampled
    return "judging" if campaign.open_count else "done"
