"""Judgments as those who run a project see them: a row for lists, and everything that is stored."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from annotation.corpus.exports import system_of
from annotation.corpus.texts import preview
from annotation.labeling.models import (
    Comparison,
    Demonstration,
    Item,
    ItemCompletion,
    Placement,
    Ranking,
)

Row = dict[str, Any]
Judged = Ranking | Demonstration


def ranking_row(ranking: Ranking, with_origin: bool) -> Row:
    """A ranking in a list: its order by the position of each completion in the item, from 1."""
    frozen = list(ranking.item.item_completions.all())
    place = {one.completion_id: number for number, one in enumerate(frozen, 1)}
    placements = list(ranking.placements.all())
    return _row(ranking, ranking.item) | {
        "tiers": _tiers(placements, place),
        "outside": sorted(place[one.completion_id] for one in placements if one.tier is None),
        "k": len(frozen),
        "mode": ranking.mode,
        "has_cut": ranking.unacceptable_below is not None,
        "flags": sorted({flag for one in placements for flag in one.flags}),
        "has_notes": bool(ranking.note) or any(one.note for one in placements),
        "systems": [system_of(one.completion) for one in frozen] if with_origin else [],
    }


def demonstration_row(demonstration: Demonstration) -> Row:
    """A demonstration in a list."""
    return _row(demonstration, demonstration.item) | {
        "text": demonstration.text[:200],
        "has_notes": bool(demonstration.note),
    }


def item_row(item: Item) -> Row:
    """An item in a list."""
    return {
        "id": item.pk,
        "created_at": item.created_at,
        "state": item.state,
        "item_id": item.pk,
        "prompt": preview(item.prompt.messages),
        "language": item.prompt.language,
        "k": len(item.item_completions.all()),
        "counted": item.counted,
        "needed": item.needed,
    }


def pair_row(pair: Comparison, ranking: Ranking) -> Row:
    """One pair of a ranking, with the beginnings of both texts as they were written."""
    return _row(ranking, ranking.item) | {
        "id": f"{pair.ranking_id}:{pair.chosen_id}:{pair.rejected_id}",
        "ranking_id": pair.ranking_id,
        "chosen": pair.chosen.text[:200],
        "rejected": pair.rejected.text[:200],
        "is_tie": pair.is_tie,
        "is_direct": pair.is_direct,
        "strength": pair.strength,
        "tier_gap": pair.tier_gap,
    }


def _row(judgment: Judged, item: Item) -> Row:
    guideline = judgment.guideline_version
    return {
        "id": judgment.pk,
        "created_at": judgment.created_at,
        "state": judgment.state,
        "item_id": judgment.item_id,
        "prompt": preview(item.prompt.messages),
        "language": item.prompt.language,
        "labeler": person(judgment.labeler),
        "guideline": None if guideline is None else guideline.number,
        "active_ms": judgment.active_ms,
    }


def person(user: Any) -> Row:
    """A person by id and name."""
    return {"id": user.pk, "name": user.display_name or user.username}


def _tiers(placements: list[Placement], place: dict[UUID, int]) -> list[list[int]]:
    tiers: dict[int, list[int]] = {}
    for one in placements:
        if one.tier is not None:
            tiers.setdefault(one.tier, []).append(place[one.completion_id])
    return [sorted(tiers[tier]) for tier in sorted(tiers)]


# --- everything -------------------------------------------------------------------------------


def find(judgment_id: UUID) -> Judged | None:
    """A ranking or a demonstration by its key."""
    frozen = ItemCompletion.objects.select_related("completion__policy_version", "completion__plan")
    ranking = (
        Ranking.objects.select_related(
            "labeler", "guideline_version", "item__prompt__prompt_set", "presentation"
        )
        .prefetch_related(
            "placements",
            "direct_comparisons",
            Prefetch("item__item_completions", frozen.order_by("position")),
        )
        .filter(pk=judgment_id)
        .first()
    )
    written = Demonstration.objects.select_related(
        "labeler", "guideline_version", "item__prompt__prompt_set", "presentation", "based_on"
    )
    return ranking or written.filter(pk=judgment_id).first()


def everything(judgment: Judged, with_origin: bool) -> Row:
    """A judgment with all that is stored of it."""
    item = judgment.item
    newer = type(judgment).objects.filter(supersedes=judgment.pk).values_list("pk", flat=True)
    row = _row(judgment, item) | {
        "kind": "ranking" if isinstance(judgment, Ranking) else "demonstration",
        "client_uuid": judgment.client_uuid,
        "content_hash": judgment.content_hash,
        "slot_id": judgment.slot_id,
        "withdrawn_at": judgment.withdrawn_at,
        "supersedes": judgment.supersedes_id,
        "superseded_by": newer.first(),
        "note": judgment.note,
        "prompt_set": str(item.prompt.prompt_set),
        "messages": item.prompt.messages,
        "presentation": _presentation(judgment),
    }
    if isinstance(judgment, Demonstration):
        based_on = judgment.based_on.text if judgment.based_on else None
        return row | {"text": judgment.text, "based_on": based_on, "ranking": judgment.ranking_id}
    return row | {
        "mode": judgment.mode,
        "unacceptable_below": judgment.unacceptable_below,
        "unread_accepted": judgment.unread_accepted,
        "source_id": judgment.source_id,
        "completions": _completions(judgment, with_origin),
        "direct": [
            {
                "better": one.better_id,
                "worse": one.worse_id,
                "is_tie": one.is_tie,
                "strength": one.strength,
            }
            for one in sorted(judgment.direct_comparisons.all(), key=lambda each: each.pk)
        ],
    }


def _completions(ranking: Ranking, with_origin: bool) -> list[Row]:
    placed = {one.completion_id: one for one in ranking.placements.all()}
    rows = []
    for frozen in ranking.item.item_completions.all():
        completion, one = frozen.completion, placed[frozen.completion_id]
        rows.append(
            {
                "id": completion.pk,
                "text": completion.text,
                "shown_text": completion.shown_text,
                "tier": one.tier,
                "cannot_judge": one.cannot_judge,
                "grades": one.grades,
                "flags": one.flags,
                "spans": one.spans,
                "note": one.note,
                "visible_ms": one.visible_ms,
                "read_percent": one.read_percent,
                "shown_at": one.shown_at,
                "system": system_of(completion) if with_origin else "",
                "plan": completion.plan.name if with_origin and completion.plan else "",
            }
        )
    return rows


def _presentation(judgment: Judged) -> Row | None:
    shown = judgment.presentation
    if shown is None:
        return None
    return {
        "order": shown.order,
        "seed": shown.seed,
        "locale": shown.locale,
        "device": shown.device,
        "screen": shown.screen,
        "shown_at": shown.created_at,
    }
