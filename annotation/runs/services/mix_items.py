"""The items of a draw, made once when its parts have ended; any number of workers may try."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from annotation.corpus.models import Completion
from annotation.labeling.models import Item
from annotation.labeling.services import create_ranking_items
from annotation.labeling.services.items import choose, ranking_key
from annotation.runs import mix_selectors
from annotation.runs.models import JudgingCampaign, MixDraw, MixPart, MixPrompt, Run
from annotation.runs.services import campaign_answers

PROMPTS_AT_ONCE = 200
Drawn = dict[tuple[UUID, UUID], list[Completion]]  # (part, prompt) → by sample index


def make(draw_id: UUID) -> int:
    """Make the items of a draw that is due; how many prompts became one. Once more makes none.

    Commits every few hundred prompts, under a lock of the draw, so that a lost worker costs little.
    """
    made, after = 0, 0
    while True:
        with transaction.atomic():
            draw = MixDraw.objects.select_for_update(no_key=True).filter(pk=draw_id).first()
            if draw is None or not mix_selectors.due().filter(pk=draw_id).exists():
                return made
            waiting = MixPrompt.objects.filter(draw=draw, state="waiting", id__gt=after)
            rows = list(waiting.select_related("prompt", "older").order_by("id")[:PROMPTS_AT_ONCE])
            if not rows:
                MixDraw.objects.filter(pk=draw_id).update(finished_at=Now())
                return made
            made += _make_chunk(draw, rows)
            after = rows[-1].id


def _make_chunk(draw: MixDraw, rows: list[MixPrompt]) -> int:
    parts = list(draw.parts.select_related("run"))
    is_whole = all(part.run.status == Run.Status.SUCCEEDED for part in parts)
    drawn = _drawn(parts, rows)
    campaign = JudgingCampaign.objects.filter(draw=draw).first()
    asked = campaign_answers.Asked(campaign, draw) if campaign is not None else None
    of = () if asked is None else asked.of
    keys: dict[str, MixPrompt] = {}
    groups: dict[UUID, list[Completion]] = {}
    for row in rows:
        texts = [] if row.prompt.retired_at is not None else _texts(row, parts, drawn)
        if asked is not None:
            texts = asked.with_reference(row, texts)
        chosen = choose(texts, draw.k)
        if len(chosen) >= 2:
            groups[row.prompt_id] = chosen
            keys[ranking_key(row.prompt_id, chosen, of)] = row
        elif is_whole:
            row.state = MixPrompt.State.TOO_FEW
        if asked is not None and (is_whole or len(chosen) >= 2):
            asked.note(row, texts, chosen)
    more = {} if asked is None else asked.fields()
    create_ranking_items(
        project=draw.project, groups=groups, k=draw.k, needed=draw.needed, of=of, **more
    )
    for key, item_id in Item.objects.filter(project=draw.project_id, key__in=keys).values_list(
        "key", "id"
    ):
        keys[key].state, keys[key].item_id = MixPrompt.State.MADE, item_id
    MixPrompt.objects.bulk_update(rows, ["state", "item"])
    if asked is not None:
        asked.store()
    return len(keys)


def _drawn(parts: list[MixPart], rows: list[MixPrompt]) -> Drawn:
    found: Drawn = defaultdict(list)
    for part in parts:
        completions = Completion.objects.filter(
            prompt_id__in=[row.prompt_id for row in rows],
            policy_version=part.policy_version_id,
            plan=part.plan_id,
            origin=Completion.Origin.POLICY,
            withdrawn_at=None,
        )
        for completion in completions.order_by("sample_index"):
            found[part.pk, completion.prompt_id].append(completion)
    return found


def _texts(row: MixPrompt, parts: list[MixPart], drawn: Drawn) -> list[Completion]:
    """What fills the places of a prompt's item; fewer than K where something is lacking."""
    texts: list[Completion] = []
    for part in parts:
        own = drawn.get((part.pk, row.prompt_id), [])
        if not part.is_older:
            texts += own[: part.count - (part.pk == row.gives_id)]
        elif row.gives_id is not None and row.older is None:
            texts += own[:1]
    if row.older is not None and row.older.withdrawn_at is None:
        texts.append(row.older)
    return texts
