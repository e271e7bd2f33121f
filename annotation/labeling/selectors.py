"""Reads around items and judgments."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.db.models import (
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce, Now

from annotation.accounts.models import User
from annotation.corpus.models import Completion, Prompt, PromptSet
from annotation.corpus.texts import preview
from annotation.labeling.models import (
    Demonstration,
    Item,
    ItemCompletion,
    Placement,
    Presentation,
    Ranking,
    Report,
    Slot,
    Withdrawal,
)
from annotation.lib import json
from annotation.lib.statements import fetch_all, fetch_one
from annotation.projects.figures import counter, figures
from annotation.projects.models import Project

CHUNK = 500
COUNTED_UP_TO = 1000
REMEMBERED_FROM = 5000
REMEMBERED_S = 60.0
Judged = Ranking | Demonstration

MY_PROGRESS = """
WITH mine AS (
  SELECT active_ms, created_at FROM labeling_ranking
   WHERE labeler_id = %(labeler)s AND project_id = %(project)s AND state <> 'withdrawn'
  UNION ALL
  SELECT active_ms, created_at FROM labeling_demonstration
   WHERE labeler_id = %(labeler)s AND project_id = %(project)s AND state <> 'withdrawn'
     AND ranking_id IS NULL
), days AS (
  SELECT (now() AT TIME ZONE %(zone)s)::date - back AS day
    FROM generate_series(13, 0, -1) AS back
), by_day AS (
  SELECT (created_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS done,
         coalesce(sum(active_ms), 0) AS active
    FROM mine WHERE created_at > now() - interval '16 days' GROUP BY 1
)
SELECT (SELECT count(*) FROM mine),
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY active_ms) FROM mine),
       (SELECT json_agg(json_build_object('date', days.day, 'count', coalesce(by_day.done, 0),
                                          'active_ms', coalesce(by_day.active, 0)) ORDER BY days.day)
          FROM days LEFT JOIN by_day ON by_day.day = days.day)::text
"""

# Drafts that may still become judgments: the slot is mine, or free for me to take up again.
MY_DRAFTS = """
SELECT count(*) FROM labeling_draft d JOIN labeling_slot s ON s.id = d.slot_id
 WHERE d.labeler_id = %(labeler)s AND s.project_id = %(project)s
   AND (s.state = 'open' OR (s.state = 'leased' AND s.labeler_id = %(labeler)s))
"""

REFUSAL = "SELECT labeling_refusal(%(labeler)s::uuid, %(project)s::uuid)"

PROJECT_PROGRESS = """
SELECT coalesce(sum(counted), 0), coalesce(sum(needed), 0), count(*) FROM labeling_item
 WHERE project_id = %(project)s AND state IN ('open', 'done') AND NOT is_imported AND control = ''
"""

# The queue may be long: look at a bounded part of it only, the estimate says so by its limit.
OPEN_FOR_ME = """
SELECT count(DISTINCT s.item_id) FROM (
  SELECT queue.item_id
    FROM unnest(labeling_audiences(%(labeler)s::uuid, %(project)s::uuid)) mine(audience)
    CROSS JOIN LATERAL (
      SELECT o.item_id, o.priority, o.id FROM labeling_slot o
       WHERE o.audience_id = mine.audience AND o.state = 'open'
       ORDER BY o.priority DESC, o.id DESC LIMIT %(limit)s) queue
   ORDER BY queue.priority DESC, queue.id DESC LIMIT %(limit)s
) s
WHERE NOT EXISTS (SELECT 1 FROM labeling_ranking r
                   WHERE r.item_id = s.item_id AND r.labeler_id = %(labeler)s)
  AND NOT EXISTS (SELECT 1 FROM labeling_demonstration d
                   WHERE d.item_id = s.item_id AND d.labeler_id = %(labeler)s)
  AND NOT EXISTS (SELECT 1 FROM labeling_skip k
                   WHERE k.item_id = s.item_id AND k.labeler_id = %(labeler)s)
"""

# What control items add to a labeler's counts, so that these move as with any other work.
MY_CONTROLS = (
    "SELECT handed, done, ahead FROM labeling_control_counts(%(labeler)s::uuid, %(project)s::uuid)"
)

MY_COLUMNS = (
    "id",
    "client_uuid",
    "kind",
    "state",
    "item_id",
    "slot_id",
    "created_at",
    "can_undo",
    "can_reopen",
    "superseded_by",
    "conversation_id",
    "messages",
)
MY_JUDGMENTS = """
SELECT j.id, j.client_uuid, j.kind, j.state, j.item_id, j.slot_id, j.created_at,
       (j.state = 'counted' AND j.created_at > now() - %(window)s) AS can_undo,
       (j.state = 'counted' AND p.state <> 'archived') AS can_reopen, j.superseded_by,
       c.conversation_id, t.messages::text
FROM (
  (SELECT id, client_uuid, 'ranking' AS kind, state, item_id, slot_id, created_at,
          (SELECT n.client_uuid FROM labeling_ranking n WHERE n.supersedes_id = r.id)
            AS superseded_by
     FROM labeling_ranking r
    WHERE labeler_id = %(labeler)s AND project_id = %(project)s
      AND (%(state)s::text IS NULL OR state = %(state)s)
      AND (%(kind)s::text IS NULL OR %(kind)s = 'ranking')
      AND (%(before)s::timestamptz IS NULL OR (created_at, id) < (%(before)s, %(before_id)s::uuid))
    ORDER BY created_at DESC, id DESC LIMIT %(limit)s)
  UNION ALL
  (SELECT id, client_uuid, 'demonstration', state, item_id, slot_id, created_at,
          (SELECT n.client_uuid FROM labeling_demonstration n WHERE n.supersedes_id = d.id)
     FROM labeling_demonstration d
    WHERE labeler_id = %(labeler)s AND project_id = %(project)s AND ranking_id IS NULL
      AND (%(state)s::text IS NULL OR state = %(state)s)
      AND (%(kind)s::text IS NULL OR %(kind)s = 'demonstration')
      AND (%(before)s::timestamptz IS NULL OR (created_at, id) < (%(before)s, %(before_id)s::uuid))
    ORDER BY created_at DESC, id DESC LIMIT %(limit)s)
) j
JOIN labeling_item i ON i.id = j.item_id
JOIN projects_project p ON p.id = i.project_id
JOIN corpus_prompt t ON t.id = i.prompt_id
LEFT JOIN labeling_chatturn c ON c.item_id = i.id
ORDER BY j.created_at DESC, j.id DESC LIMIT %(limit)s
"""


def assignment(slot_id: UUID) -> str | None:
    """What its labeler sees of a slot, as JSON text; None for a slot that nobody holds."""
    row = fetch_one("SELECT labeling_assignment(%s::uuid)::text", [slot_id])
    return None if row is None or row[0] is None else str(row[0])


def is_mine(labeler: User, slot_id: UUID) -> bool:
    """Whether the slot is in this labeler's hands or judged by them."""
    return Slot.objects.filter(
        pk=slot_id, labeler=labeler, state__in=[Slot.State.LEASED, Slot.State.DONE]
    ).exists()


def project_handed_out(labeler: User, slot_id: UUID) -> Project | None:
    """The project of a slot that was ever shown to this labeler."""
    shown = Presentation.objects.filter(slot_id=slot_id, labeler=labeler)
    return Project.objects.filter(pk__in=shown.values("slot__project")).first()


def project_of_judgment(labeler: User, client_uuid: UUID) -> UUID | None:
    """The project of one's own judgment."""
    found = own_judgment(labeler, client_uuid)
    return found.project_id if found else None


def own_judgment(labeler: User, client_uuid: UUID) -> Judged | None:
    """The labeler's judgment with this client_uuid, of either kind."""
    mine = Ranking.objects.select_related("presentation", "project").filter(
        client_uuid=client_uuid, labeler=labeler
    )
    written = Demonstration.objects.select_related("presentation", "project").filter(
        client_uuid=client_uuid, labeler=labeler, ranking=None
    )
    return mine.first() or written.first()


def is_younger_than(judgment: Judged, age: timedelta) -> bool:
    """By the database's clock."""
    return type(judgment).objects.filter(pk=judgment.pk, created_at__gt=Now() - age).exists()


def content_of(judgment: Judged) -> dict[str, Any]:
    """A stored judgment in the form in which it is submitted, without lease and times."""
    if isinstance(judgment, Demonstration):
        return {"text": judgment.text, "note": judgment.note}
    placements = list(judgment.placements.order_by("shown_at"))
    better = Demonstration.objects.filter(ranking=judgment).first()
    return {
        "mode": judgment.mode,
        "tiers": tiers_of(placements),
        "unplaced": [
            str(one.completion_id)
            for one in placements
            if one.tier is None and not one.cannot_judge
        ],
        "cannot_judge": [str(one.completion_id) for one in placements if one.cannot_judge],
        "unacceptable_below": judgment.unacceptable_below,
        "direct": [
            {
                "better": str(one.better_id),
                "worse": str(one.worse_id),
                "is_tie": one.is_tie,
                "strength": one.strength,
            }
            for one in judgment.direct_comparisons.order_by("id")
        ],
        "grades": {str(one.completion_id): one.grades for one in placements if one.grades},
        "flags": {str(one.completion_id): one.flags for one in placements if one.flags},
        "spans": {str(one.completion_id): one.spans for one in placements if one.spans},
        "notes": {str(one.completion_id): one.note for one in placements if one.note},
        "note": judgment.note,
        "better_answer": better
        and {"text": better.text, "based_on": better.based_on_id and str(better.based_on_id)},
        "reading": {
            str(one.completion_id): {
                "visible_ms": one.visible_ms,
                "read_percent": one.read_percent,
            }
            for one in placements
            if one.visible_ms is not None
        },
        "unread_accepted": judgment.unread_accepted,
    }


def shown_with(judgment: Judged) -> dict[str, Any]:
    """What its author had before them: the prompt, and the answers in the order shown."""
    prompt = Prompt.objects.get(items=judgment.item_id)
    order = judgment.presentation.order if judgment.presentation else []
    texts = {one.pk: one.shown for one in Completion.objects.filter(pk__in=order)}
    return {
        "prompt": {"messages": shown_messages(prompt)},
        "completions": [{"id": pk, "text": texts[pk]} for pk in order],
    }


def shown_messages(prompt: Prompt) -> list[dict[str, Any]]:
    """The dialogue without anything else that a message may carry."""
    return [{"role": one["role"], "content": one["content"]} for one in prompt.messages]


def tiers_of(placements: Sequence[Placement]) -> list[list[str]]:
    """Completion ids, best tier first, inside a tier in the order shown."""
    tiers: dict[int, list[str]] = {}
    for one in sorted(placements, key=lambda each: each.shown_at):
        if one.tier is not None:
            tiers.setdefault(one.tier, []).append(str(one.completion_id))
    return [tiers[number] for number in sorted(tiers)]


def my_progress(labeler: User, project: Project, zone: str = "UTC") -> dict[str, Any]:
    """Own counts, and how far the project is; days are those of the time zone.

    `open_for_me_estimate` looks at the first thousand open slots only.
    """
    names = {"labeler": labeler.pk, "project": project.pk, "limit": COUNTED_UP_TO, "zone": zone}
    total, median, days = fetch_all(MY_PROGRESS, names)[0]
    by_day = json.loads(days)
    closed = fetch_all(REFUSAL, names)[0][0]
    project_done, project_total = _project_progress(project)
    open_for_me = 0 if closed else fetch_all(OPEN_FOR_ME, names)[0][0]
    handed, done, ahead = fetch_all(MY_CONTROLS, names)[0]
    ahead = ahead if open_for_me else 0
    return {
        "done_today": by_day[-1]["count"],
        "done_total": total,
        "open_for_me_estimate": open_for_me + ahead,
        "median_active_ms": None if median is None else round(median),
        "days": by_day,
        "drafts": fetch_all(MY_DRAFTS, names)[0][0],
        "project_done": project_done + done,
        "project_total": project_total + handed + ahead,
        "closed": closed or "",
    }


@counter
def progress_sums(project: Project) -> list[int]:
    """Judgments that are in, those wanted, and the number of items that want them."""
    return [int(one) for one in fetch_all(PROJECT_PROGRESS, {"project": project.pk})[0]]


_remembered: dict[UUID, tuple[float, int, int]] = {}


def _project_progress(project: Project) -> tuple[int, int]:
    """Judgments that are in, and those wanted. Every labeler asks after every judgment, so the sum
    over a large project is remembered for a minute.
    """
    known = _remembered.get(project.pk)
    if known is not None and monotonic() - known[0] < REMEMBERED_S:
        return known[1], known[2]
    (done, wanted, rows), _ = figures(project, progress_sums)
    if project.budget is not None:
        wanted = min(wanted, project.budget)
    if rows > REMEMBERED_FROM:
        _remembered[project.pk] = (monotonic(), done, wanted)
    return done, wanted


class MyJudgments:
    """A labeler's own judgments in a project, newest first, a page at a time.

    `kind` and `state` leave out the others.
    """

    def __init__(
        self,
        labeler: User,
        project: Project,
        undo_window: timedelta,
        kind: str | None = None,
        state: str | None = None,
    ) -> None:
        self.names = {
            "labeler": labeler.pk,
            "project": project.pk,
            "window": undo_window,
            "kind": kind,
            "state": state,
        }

    def after(
        self, position: tuple[datetime, UUID] | None, size: int
    ) -> tuple[list[dict[str, Any]], tuple[datetime, UUID] | None]:
        """Up to `size` rows below `position` (None: from the top), and where the next page begins."""
        before, before_id = position or (None, None)
        names = {**self.names, "before": before, "before_id": before_id, "limit": size + 1}
        rows = [dict(zip(MY_COLUMNS, row, strict=True)) for row in fetch_all(MY_JUDGMENTS, names)]
        for row in rows:
            row["prompt_preview"] = preview(json.loads(row.pop("messages")))
        following = (
            (rows[size - 1]["created_at"], rows[size - 1]["id"]) if len(rows) > size else None
        )
        return rows[:size], following


def reports(project: Project, state: str | None = None) -> QuerySet[Report]:
    """What labelers reported; each row with the number of items that wait because of it."""
    waiting = (
        Item.objects.filter(prompt_id=OuterRef("prompt_id"), state=Item.State.TRIAGE)
        .filter(meta__triage_reason="reported")
        .order_by()
        .values("prompt_id")
        .annotate(n=Count("id"))
        .values("n")
    )
    found = Report.objects.filter(project=project).annotate(
        waiting=Coalesce(Subquery(waiting, output_field=IntegerField()), 0)
    )
    if state is not None:
        found = found.filter(state=state)
    return found.select_related("labeler", "decided_by", "prompt", "completion")


def is_retired(item: Item) -> bool:
    """Whether its prompt is out of use, so that nobody is handed it (sql/slots.sql)."""
    return Prompt.objects.filter(pk=item.prompt_id, retired_at__isnull=False).exists()


def is_kept_out(item: Item) -> bool:
    """Whether a completion of the item is withdrawn, or a report of its prompt stands."""
    return (
        ItemCompletion.objects.filter(item=item, completion__withdrawn_at__isnull=False).exists()
        or Report.objects.filter(prompt_id=item.prompt_id, completion=None)
        .exclude(state=Report.State.DISMISSED)
        .exists()
    )


def items(
    project: Project,
    *,
    state: str | None = None,
    kind: str | None = None,
    labeler: UUID | None = None,
    prompt_set: UUID | None = None,
    disagreement: bool | None = None,
    adjudicated: bool | None = None,
) -> QuerySet[Item]:
    """Items for lists, with what a row shows; None is no restriction. Control items have lists of
    their own.

    What review keeps about items (`review`, `adjudications`) stands in tables of the app above.
    """
    plain = {"state": state, "kind": kind, "prompt__prompt_set_id": prompt_set}
    found = Item.objects.filter(
        project=project,
        control="",
        **{name: value for name, value in plain.items() if value is not None},
    )
    if labeler is not None:
        ranked = Ranking.objects.filter(item=OuterRef("pk"), labeler=labeler)
        written = Demonstration.objects.filter(item=OuterRef("pk"), labeler=labeler)
        found = found.filter(Exists(ranked) | Exists(written))
    if disagreement is not None:
        apart = Q(review__discordant__gt=0) | Q(review__cut_differs__gt=0)
        found = found.filter(apart if disagreement else ~apart)
    if adjudicated is not None:
        decided = Item.objects.filter(pk=OuterRef("pk"), adjudications__isnull=False)
        found = found.filter(Exists(decided) if adjudicated else ~Exists(decided))
    return found.select_related("prompt").defer("prompt__meta")


def item_detail(item_id: UUID) -> Item:
    """One item with everything about it; raises Item.DoesNotExist."""
    taken_out = Withdrawal.objects.select_related("actor").order_by("id")
    judged = Prefetch(
        "rankings",
        Ranking.objects.select_related("labeler", "guideline_version")
        .prefetch_related("placements", "direct_comparisons", Prefetch("withdrawals", taken_out))
        .order_by("created_at", "id"),
    )
    written = Prefetch(
        "demonstrations",
        Demonstration.objects.filter(ranking=None)
        .select_related("labeler", "guideline_version")
        .order_by("created_at", "id"),
    )
    frozen = Prefetch(
        "item_completions",
        ItemCompletion.objects.select_related("completion__policy_version").order_by("position"),
    )
    return (
        Item.objects.select_related("prompt")
        .prefetch_related(frozen, judged, written, "slots", "skips")
        .get(pk=item_id)
    )


def prompt_ids(prompt_set: PromptSet) -> Iterator[UUID]:
    """The prompts of a set that are in use, oldest first."""
    in_use = Prompt.objects.filter(prompt_set=prompt_set, retired_at=None).order_by("id")
    return in_use.values_list("id", flat=True).iterator(chunk_size=2000)


def completions_by_prompt(prompt_set: PromptSet) -> Iterator[tuple[UUID, list[Completion]]]:
    """For every prompt of a set in use, its sampled and imported completions."""
    ids: list[UUID] = []
    for prompt_id in prompt_ids(prompt_set):
        ids.append(prompt_id)
        if len(ids) == CHUNK:
            yield from _completions_of(ids)
            ids = []
    yield from _completions_of(ids)


def _completions_of(prompts: list[UUID]) -> Iterator[tuple[UUID, list[Completion]]]:
    found: dict[UUID, list[Completion]] = {prompt_id: [] for prompt_id in prompts}
    wanted = Completion.objects.filter(prompt_id__in=prompts, withdrawn_at=None).exclude(
        origin=Completion.Origin.HUMAN
    )
    wanted = wanted.exclude(system=Completion.OF_RADAR)
    for one in wanted.order_by("id"):
        found[one.prompt_id].append(one)
    yield from found.items()
