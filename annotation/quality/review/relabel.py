"""After the guidelines changed: which judgments may be different now, and having those judged anew.

Nothing is silently changed: the old judgments count until the new ones of the same answers are in, and
what becomes of them then is said in the plan.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.texts import hash_of, preview
from annotation.labeling.models import Item, Ranking
from annotation.labeling.services import copy_items, void_item, withdraw_ranking
from annotation.lib import locks
from annotation.lib.errors import Invalid, Refused
from annotation.lib.statements import retrying
from annotation.projects.models import GuidelineVersion, Project
from annotation.quality.models import RelabelItem, RelabelPlan

MOST = 2000
SETTLED_AT_ONCE = 200

# The chance that a judgment changes is a guess from what is known of the item: independent signs, each
# with its own chance, joined as 1 - (1-a)(1-b)…. A plan reports how many did change.
CANDIDATES = """
WITH candidate AS (
  SELECT e.item_id, e.judgments,
         1 - (1 - 0.02) * (1 - 0.5 * coalesce(e.discordant, 0)) * (1 - 0.3 * coalesce(e.cut_differs, 0))
           * (1 - 0.15 * coalesce(e.tied, 0)) * (1 - 0.1 * e.cut_inside::int)
           * (1 - 0.3 * (cardinality(%(flags)s::text[]) > 0 AND EXISTS (
               SELECT 1 FROM labeling_ranking r JOIN labeling_placement p ON p.ranking_id = r.id
                WHERE r.item_id = e.item_id AND r.state = 'counted'
                  AND p.flags && %(flags)s::varchar[]))::int)
           * (1 - 0.2 * (cardinality(%(axes)s::text[]) > 0 AND EXISTS (
               SELECT 1 FROM labeling_ranking r JOIN labeling_placement p ON p.ranking_id = r.id
                CROSS JOIN LATERAL jsonb_each_text(p.grades) AS g(axis, grade)
                WHERE r.item_id = e.item_id AND r.state = 'counted'
                  AND g.axis = ANY(%(axes)s::text[]) AND g.grade::int BETWEEN 3 AND 5))::int)
           * (1 - 0.4 * (cardinality(%(words)s::text[]) > 0 AND (
               EXISTS (SELECT 1 FROM labeling_item i JOIN corpus_prompt t ON t.id = i.prompt_id
                        WHERE i.id = e.item_id AND t.messages::text ILIKE ANY(%(likewise)s::text[]))
               OR EXISTS (SELECT 1 FROM labeling_itemcompletion ic
                            JOIN corpus_completion c ON c.id = ic.completion_id
                           WHERE ic.item_id = e.item_id AND c.text ILIKE ANY(%(likewise)s::text[]))
             ))::int) AS likelihood
    FROM quality_reviewentry e JOIN labeling_item i ON i.id = e.item_id
   WHERE e.project_id = %(project)s AND e.judgments > 0 AND i.state = 'done'
     AND i.kind IN ('ranking', 'duel') AND i.control = '' AND NOT i.is_imported
     AND EXISTS (SELECT 1 FROM unnest(e.guidelines) AS g WHERE g <= %(old)s)
     AND NOT EXISTS (SELECT 1 FROM labeling_slot s WHERE s.item_id = i.id AND s.is_private)
     AND NOT EXISTS (
       SELECT 1 FROM quality_relabelitem x JOIN quality_relabelplan p ON p.id = x.plan_id
        WHERE p.state = 'running' AND x.settled_at IS NULL
          AND i.id IN (x.old_item_id, x.new_item_id))
), in_order AS (
  SELECT item_id, judgments, likelihood,
         row_number() OVER w AS place,
         sum(likelihood) OVER (w ROWS UNBOUNDED PRECEDING) - likelihood AS before,
         sum(likelihood) OVER () AS expected, count(*) OVER () AS candidates,
         sum(judgments) OVER () AS all_judgments
    FROM candidate WINDOW w AS (ORDER BY likelihood DESC, item_id)
)
SELECT item_id, judgments, likelihood, expected, candidates, all_judgments FROM in_order
 WHERE before < expected * %(cover)s / 100.0 AND place <= %(most)s
 ORDER BY place
"""

# Share of the strict pairs that both old and new judgments order, and that they order differently.
FLIPPED = """
SELECT count(*) FILTER (WHERE a.chosen_id <> b.chosen_id)::float / nullif(count(*), 0)
  FROM comparison a JOIN comparison b
    ON least(a.chosen_id, a.rejected_id) = least(b.chosen_id, b.rejected_id)
   AND greatest(a.chosen_id, a.rejected_id) = greatest(b.chosen_id, b.rejected_id)
 WHERE a.item_id = %s AND b.item_id = %s AND NOT a.is_tie AND NOT b.is_tie
"""


@dataclass(frozen=True)
class PlanQuery:
    """What is asked for: versions by number; what the change is about; how much of it to cover."""

    old: int
    new: int
    words: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    axes: tuple[str, ...] = ()
    cover: int = 80
    """Percent of the changes that are expected in all."""
    most: int = 500
    needed: int = 1
    """New judgments for each item."""
    rule: str = RelabelPlan.Rule.SUPERSEDE

    def as_json(self) -> dict[str, Any]:
        return {
            "words": list(self.words),
            "flags": list(self.flags),
            "axes": list(self.axes),
            "cover": self.cover,
            "most": self.most,
            "needed": self.needed,
        }


@dataclass(frozen=True)
class Chosen:
    """One item of a proposal."""

    item: UUID
    judgments: int
    likelihood: float


@dataclass(frozen=True)
class Proposal:
    """The smallest set that covers the wished share of the expected changes."""

    chosen: list[Chosen]
    candidates: int = 0
    judgments: int = 0
    """Counted judgments of all candidates."""
    expected: float = 0.0
    """Changes expected over all candidates."""

    @property
    def expected_in_chosen(self) -> float:
        return sum(one.likelihood for one in self.chosen)


def propose(project: Project, query: PlanQuery) -> Proposal:
    """Rank the items judged under the old guidelines by how likely the new ones change them."""
    _versions(project, query)
    words = [word for word in query.words if word.strip()]
    names: dict[str, Any] = {
        "project": project.pk,
        "old": query.old,
        "flags": list(query.flags),
        "axes": list(query.axes),
        "words": words,
        "likewise": [f"%{_escaped(word)}%" for word in words],
        "cover": query.cover,
        "most": min(query.most, MOST),
    }
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, names)
        rows = cursor.fetchall()
    if not rows:
        return Proposal([])
    _, _, _, expected, candidates, judgments = rows[0]
    chosen = [Chosen(item, n, likelihood) for item, n, likelihood, *_ in rows]
    return Proposal(chosen, candidates, int(judgments), expected)


def sample_of(proposal: Proposal, size: int = 12) -> list[dict[str, Any]]:
    """The beginning of a proposal with what the items ask."""
    head = proposal.chosen[:size]
    items = Item.objects.select_related("prompt").in_bulk([one.item for one in head])
    return [
        {
            "item": one.item,
            "judgments": one.judgments,
            "likelihood": one.likelihood,
            "prompt_preview": preview(items[one.item].prompt.messages),
        }
        for one in head
    ]


def begin(
    *, actor: User, project: Project, client_uuid: UUID, query: PlanQuery
) -> tuple[RelabelPlan, bool]:
    """Make the new items of the proposal as it stands now; whether the plan is new.

    Raises Invalid (versions, nothing to judge anew) or Refused (other content under this id).
    """
    digest = hash_of([str(project.pk), query.old, query.new, query.rule, query.as_json()])
    with transaction.atomic():
        locks.hold("relabel", project.pk)
        stored = RelabelPlan.objects.filter(client_uuid=client_uuid).first()
        if stored is not None:
            if stored.content_hash != digest:
                raise Refused("different_content", "Another plan was made under this client_uuid.")
            return stored, False
        old, new = _versions(project, query)
        proposal = propose(project, query)
        if not proposal.chosen:
            raise Invalid(("old", "nothing", "There is nothing to judge anew."))
        plan = RelabelPlan.objects.create(
            project=project,
            client_uuid=client_uuid,
            content_hash=digest,
            old_version=old,
            new_version=new,
            query=query.as_json(),
            rule=query.rule,
            expected_flips=proposal.expected_in_chosen,
            created_by=actor,
        )
        chance = {one.item: one.likelihood for one in proposal.chosen}
        made = copy_items(items=list(chance), needed=query.needed, of=["relabel", str(plan.pk)])
        RelabelItem.objects.bulk_create(
            RelabelItem(plan=plan, old_item_id=key, new_item=made[key], likelihood=chance[key])
            for key in chance
        )
        record(
            actor=actor,
            action="relabel.planned",
            thing=plan,
            after={"old": query.old, "new": query.new, "rule": query.rule, "items": len(made)},
        )
    return plan, True


def cancel(*, actor: User, plan: RelabelPlan) -> None:
    """Hand out no more of it. What was judged anew stays, and so do the old judgments beside it."""
    with transaction.atomic():
        running = RelabelPlan.objects.filter(pk=plan.pk, state=RelabelPlan.State.RUNNING)
        if not running.update(state=RelabelPlan.State.CANCELLED, finished_at=Now()):
            return
        record(actor=actor, action="relabel.cancelled", thing=plan)
    waiting = RelabelItem.objects.filter(plan=plan, settled_at=None).select_related("new_item")
    for one in waiting.exclude(new_item__state=Item.State.DONE).order_by("id"):
        retrying(lambda one=one: void_item(actor=actor, item=one.new_item))  # type: ignore[misc]


def settle_due() -> int:
    """Apply the rule of running plans to items whose new judgments are in; how many there were."""
    due = RelabelItem.objects.filter(
        plan__state=RelabelPlan.State.RUNNING, settled_at=None, new_item__state=Item.State.DONE
    )
    keys = list(due.order_by("id").values_list("id", flat=True)[:SETTLED_AT_ONCE])
    done = sum(retrying(lambda key=key: _settle(key)) for key in keys)  # type: ignore[misc]
    unsettled = RelabelItem.objects.filter(plan=OuterRef("pk"), settled_at=None).exclude(
        new_item__state=Item.State.VOID
    )
    running = RelabelPlan.objects.filter(state=RelabelPlan.State.RUNNING)
    running.filter(~Exists(unsettled)).update(state=RelabelPlan.State.DONE, finished_at=Now())
    return done


@transaction.atomic
def _settle(key: int) -> bool:
    rows = RelabelItem.objects.filter(pk=key, settled_at=None)
    one = rows.select_for_update(skip_locked=True, of=("self",)).first()
    if one is None:
        return False
    plan = RelabelPlan.objects.select_related("created_by", "new_version").get(pk=one.plan_id)
    with connection.cursor() as cursor:
        cursor.execute(FLIPPED, [one.old_item_id, one.new_item_id])
        flipped = cursor.fetchone()[0]
    if plan.rule == RelabelPlan.Rule.SUPERSEDE:
        _supersede(plan, Item.objects.get(pk=one.old_item_id))
    RelabelItem.objects.filter(pk=key).update(settled_at=Now(), flipped=flipped)
    return True


def _supersede(plan: RelabelPlan, old: Item) -> None:
    """The old judgments count no more; each can be put back by hand."""
    reason = f"Judged anew under version {plan.new_version.number} of the guidelines."
    rankings = Ranking.objects.filter(item=old, state=Ranking.State.COUNTED).order_by("id")
    for ranking in rankings:
        withdraw_ranking(
            actor=plan.created_by, ranking=ranking, reason=reason, act=plan.pk, reopen=False
        )
    void_item(actor=plan.created_by, item=old)


def plans(project: Project) -> QuerySet[RelabelPlan]:
    """Plans with their progress, newest first."""
    found = RelabelPlan.objects.filter(project=project).annotate(
        total=Count("items"),
        judged=Count("items", filter=Q(items__new_item__state=Item.State.DONE)),
        settled=Count("items", filter=Q(items__settled_at__isnull=False)),
        changed=Count("items", filter=Q(items__flipped__gt=0)),
        old_number=F("old_version__number"),
        new_number=F("new_version__number"),
    )
    return found.select_related("created_by")


def _versions(project: Project, query: PlanQuery) -> tuple[GuidelineVersion, GuidelineVersion]:
    known = {one.number: one for one in GuidelineVersion.objects.filter(project=project)}
    errors = [
        (name, "unknown", f"There is no version {number} of the guidelines.")
        for name, number in (("old", query.old), ("new", query.new))
        if number not in known
    ]
    if not errors and query.new <= query.old:
        errors = [("new", "order", "The new version comes after the old one.")]
    if errors:
        raise Invalid(*errors)
    return known[query.old], known[query.new]


def _escaped(word: str) -> str:
    return word.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
