"""Reads of sampling mixes: the lists, what a draw has come to, and who wins inside its items."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from annotation.corpus.models import Completion
from annotation.lib.errors import Missing
from annotation.quality.selectors import interval
from annotation.registry.models import ModelVersion
from annotation.runs.models import JudgingCampaign, MixDraw, MixPart, MixPrompt, Run, SamplingMix

ENDED_BADLY = (Run.Status.FAILED, Run.Status.CANCELLED)


def mixes(project_id: UUID) -> QuerySet[SamplingMix]:
    """A project's mixes with their rows; those of campaigns belong to these."""
    judging = JudgingCampaign.objects.filter(draw__mix=OuterRef("pk"))
    found = SamplingMix.objects.filter(~Exists(judging), project_id=project_id)
    return found.prefetch_related("rows__policy_version", "rows__plan")


def mix(mix_id: UUID) -> SamplingMix:
    """One mix. Raises Missing."""
    found = SamplingMix.objects.prefetch_related("rows__policy_version", "rows__plan")
    row = found.filter(pk=mix_id).first()
    if row is None:
        raise Missing
    return row


def draws(mix_id: UUID | None = None) -> QuerySet[MixDraw]:
    """Draws with their parts and how many of their prompts became items."""
    found = MixDraw.objects.prefetch_related("parts__run", "parts__policy_version", "parts__plan")
    if mix_id is not None:
        found = found.filter(mix_id=mix_id)
    return found.annotate(
        prompt_count=Count("prompts"),
        made=Count("prompts", filter=Q(prompts__state="made")),
        too_few=Count("prompts", filter=Q(prompts__state="too_few")),
        older=Count("prompts", filter=Q(prompts__gives__isnull=False)),
    )


def draw(draw_id: UUID) -> MixDraw:
    """One draw. Raises Missing."""
    row = draws().filter(pk=draw_id).first()
    if row is None:
        raise Missing
    return row


def state_of(draw: MixDraw) -> str:
    """sampling, stopped (a part failed or was cancelled, and its rest is waited for), making or done."""
    runs = [part.run for part in draw.parts.all()]
    if any(run.status in Run.ACTIVE for run in runs):
        return "sampling"
    if any(run.status in ENDED_BADLY for run in runs) and not _takes_what_is_there(draw):
        return "stopped"
    if not draw.makes_items:
        return "done"
    ends = [run.finished_at for run in runs if run.finished_at is not None]
    is_done = draw.finished_at is not None and all(end <= draw.finished_at for end in ends)
    return "done" if is_done else "making"


def _takes_what_is_there(draw: MixDraw) -> bool:
    """Whether parts that ended badly are waited for no longer. A campaign goes on without no contestant:
    each must have answered something."""
    if draw.missing != MixDraw.Missing.MAKE:
        return False
    answers = Completion.objects.filter(
        prompt__in=MixPrompt.objects.filter(draw=draw.pk).values("prompt"),
        policy_version=OuterRef("policy_version"),
        plan=OuterRef("plan"),
        origin=Completion.Origin.POLICY,
        withdrawn_at=None,
    )
    ended = MixPart.objects.filter(draw=draw.pk, run__status__in=ENDED_BADLY)
    return not ended.filter(~Exists(answers), draw__campaign__isnull=False).exists()


def due() -> QuerySet[MixDraw]:
    """Draws whose items can be made now: nothing is at work, and news came since the last time.

    A campaign that was ended has none; read it under the lock of the draw, which its end holds too.
    """
    parts = MixPart.objects.filter(draw=OuterRef("pk"))
    ended = JudgingCampaign.objects.filter(draw=OuterRef("pk"), ended_at__isnull=False)
    return MixDraw.objects.filter(
        ~Exists(parts.filter(run__status__in=Run.ACTIVE)),
        ~Exists(ended),
        Q(makes_items=True),
        Q(missing=MixDraw.Missing.MAKE) | ~Exists(parts.filter(run__status__in=ENDED_BADLY)),
        Q(finished_at=None) | Exists(parts.filter(run__finished_at__gt=OuterRef("finished_at"))),
    ).order_by("id")


def prompts_of(part: MixPart) -> QuerySet[MixPrompt]:
    """What a part's run samples: all prompts of the draw, or those that need an older version."""
    found = MixPrompt.objects.filter(draw=part.draw_id)
    return found.filter(gives__isnull=False, older=None) if part.is_older else found


def drawn_in(draw_id: UUID) -> QuerySet[Completion]:
    """The completions of a draw: what its parts sampled, and the older ones that its prompts name."""
    parts = MixPart.objects.filter(draw=draw_id, plan=OuterRef("plan"))
    parts = parts.filter(policy_version=OuterRef("policy_version"))
    older = MixPrompt.objects.filter(draw=draw_id, older=OuterRef("pk"))
    return Completion.objects.filter(
        Exists(parts) | Exists(older), origin=Completion.Origin.POLICY, withdrawn_at=None
    )


# One row per item, pair of versions and pair of ages. An older completion is one of a version that
# the draw itself did not sample for all its prompts.
WINS = """
WITH placed AS (
  SELECT DISTINCT ON (p.item_id, ic.completion_id)
         p.item_id, ic.completion_id, c.policy_version_id AS version,
         NOT EXISTS (SELECT FROM runs_mixpart own WHERE own.draw_id = p.draw_id
           AND NOT own.is_older AND own.policy_version_id = c.policy_version_id) AS is_old
  FROM runs_mixprompt p
  JOIN runs_mixdraw d ON d.id = p.draw_id
  JOIN labeling_itemcompletion ic ON ic.item_id = p.item_id
  JOIN corpus_completion c ON c.id = ic.completion_id
  WHERE d.mix_id = %(mix)s
  ORDER BY p.item_id, ic.completion_id, p.id
)
SELECT c.item_id, w.version, l.version, w.is_old, l.is_old, count(*)
FROM comparison c
JOIN placed w ON w.item_id = c.item_id AND w.completion_id = c.chosen_id
JOIN placed l ON l.item_id = c.item_id AND l.completion_id = c.rejected_id
WHERE NOT c.is_tie AND w.version <> l.version
GROUP BY 1, 2, 3, 4, 5
"""


def comparison(mix_id: UUID) -> dict[str, Any]:
    """Shares of the strict pairs inside items that one version won against another, and new against
    old; 95 % intervals with items as clusters."""
    with connection.cursor() as cursor:
        cursor.execute(WINS, {"mix": mix_id})
        rows = cursor.fetchall()
    named = ModelVersion.objects.in_bulk({each for row in rows for each in row[1:3]})
    pairs: dict[tuple[UUID, UUID], dict[UUID, tuple[int, int]]] = {}
    new_old: dict[UUID, tuple[int, int]] = {}
    for item, winner, loser, winner_old, loser_old, count in rows:
        newer_first = named[winner].number > named[loser].number
        key = (winner, loser) if newer_first else (loser, winner)
        _add(pairs.setdefault(key, {}), item, count, count if newer_first else 0)
        if winner_old != loser_old:
            _add(new_old, item, count, 0 if winner_old else count)
    order = sorted(pairs, key=lambda key: (-named[key[0]].number, -named[key[1]].number))
    return {
        "versions": [
            {"newer": _named(named[a]), "older": _named(named[b]), **_share(pairs[a, b])}
            for a, b in order
        ],
        "new_against_old": _share(new_old),
    }


def _add(tally: dict[UUID, tuple[int, int]], item: UUID, pairs: int, wins: int) -> None:
    before = tally.get(item, (0, 0))
    tally[item] = (before[0] + pairs, before[1] + wins)


def _named(version: ModelVersion) -> dict[str, Any]:
    return {"id": version.pk, "number": version.number, "name": version.name}


def _share(tally: dict[UUID, tuple[int, int]]) -> dict[str, Any]:
    pairs = sum(each[0] for each in tally.values())
    wins = sum(each[1] for each in tally.values())
    return {
        "pairs": pairs,
        "wins": wins,
        "items": len(tally),
        "share": wins / pairs if pairs else None,
        "interval": interval(list(tally.values())),
    }
