"""Buying further opinions: the rule of `overlap`, applied to items as they are judged.

No judgment waits for it. Whatever happens to an item leaves a stir (see `review.figures`); with the
figures of stirred items those that are done in an adaptive project are noted as due, and `buy_due`
looks at what is noted. Any number of processes may call it: one at a time works on a project, an item
and its note go together in one transaction, and after each judgment at most one opinion is bought.
"""

import hashlib
from collections.abc import Collection
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.labeling.models import ControlItem, Item, Ranking
from annotation.labeling.services import want_another
from annotation.lib import locks
from annotation.lib.errors import Conflict, Invalid
from annotation.projects.models import Group, Project
from annotation.quality.models import Adjudication, PracticeItem
from annotation.quality.opinion_reads import accuracies_of, opinion_of
from annotation.quality.overlap import Parameters, judge
from annotation.quality.overlap_models import BoughtOpinion, OverlapDue, OverlapSettings

SETTINGS = ("mode", "most", "risk", "audit_percent", "budget", "group")
TURN_S = 10.0
"""So long a turn may take; what is left is due at the next."""

NOTE = """
INSERT INTO quality_overlapdue (item_id, project_id)
SELECT i.id, i.project_id FROM labeling_item i JOIN quality_overlapsettings s ON s.project_id = i.project_id
 WHERE s.mode = 'adaptive' AND i.state = 'done' AND i.control = '' AND NOT i.is_imported
   AND i.kind <> 'demonstration' AND i.counted BETWEEN 1 AND s.most - 1
   AND {which}
ON CONFLICT DO NOTHING
"""
TAKE = """
DELETE FROM quality_overlapdue WHERE item_id IN (
  SELECT item_id FROM quality_overlapdue WHERE project_id = %s LIMIT 1) RETURNING item_id
"""


@transaction.atomic
def change_overlap(
    *, actor: User, project: Project, changes: dict[str, Any], look_back: bool = False
) -> OverlapSettings:
    """Change how many opinions items get. `look_back`: the rule also looks at what is done already.

    Raises Invalid where adaptive would have nothing to buy.
    """
    locks.hold("overlap", project.pk)
    stored, _ = OverlapSettings.objects.get_or_create(project=project)
    before = {name: getattr(stored, name) for name in SETTINGS}
    changed = {name: value for name, value in changes.items() if before[name] != value}
    for name, value in changed.items():
        setattr(stored, name, value)
    adaptive = stored.mode == OverlapSettings.Mode.ADAPTIVE
    if adaptive and stored.most <= project.judgments_per_item:
        raise Invalid(
            (
                "most",
                "nothing_to_buy",
                f"Every item of this project gets {project.judgments_per_item} judgments from the "
                "start; choose more than that, or lower it in the project's settings.",
            )
        )
    if changed:
        stored.save(update_fields=list(changed))
    if not adaptive:
        OverlapDue.objects.filter(project=project).delete()
    elif look_back:
        with connection.cursor() as cursor:
            cursor.execute(NOTE.format(which="i.project_id = %s"), [project.pk])
    if changed or (adaptive and look_back):
        record(
            actor=actor,
            action="overlap.changed",
            thing=stored,
            project_id=project.pk,
            before={name: _plain(before[name]) for name in changed},
            after={name: _plain(value) for name, value in changed.items()}
            | ({"look_back": True} if look_back else {}),
        )
    return stored


def note_judged(items: Collection[UUID]) -> None:
    """Those of the items on which the rule may have something to say are due."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE.format(which="i.id = ANY(%s::uuid[])"), [list(items)])


def buy_due() -> int:
    """Look at what is due in projects that hand out work; how many opinions that bought.

    Where a project's budget is used up its items stay due, and go on when it is raised.
    """
    until = monotonic() + TURN_S
    working = OverlapSettings.objects.filter(
        Q(project__ends_at=None) | Q(project__ends_at__gt=Now()),
        mode=OverlapSettings.Mode.ADAPTIVE,
        project__state=Project.State.ACTIVE,
    )
    bought = 0
    for key in list(working.values_list("pk", flat=True)):
        while monotonic() < until:
            number = _next(key)
            if number is None:
                break
            bought += number
    return bought


@transaction.atomic
def _next(project: UUID) -> int | None:
    """Look at one item; None where nothing is due, nothing may be bought or somebody else is at it."""
    if not locks.try_hold("opinions", project):
        return None
    chosen = OverlapSettings.objects.select_related("project").get(pk=project)
    if chosen.mode != OverlapSettings.Mode.ADAPTIVE:
        return None
    spent = BoughtOpinion.objects.filter(project=project)
    if chosen.budget is not None and spent.count() >= chosen.budget:
        return None
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [project])
        row = cursor.fetchone()
    return None if row is None else _consider(_item(row[0]), chosen)


def _item(key: UUID) -> Item:
    return Item.objects.select_related("prompt__prompt_set").get(pk=key)


def _consider(item: Item, chosen: OverlapSettings) -> int:
    """Buy an opinion on the item, or not; how many."""
    if item.state != Item.State.DONE or _is_settled(item):
        return 0
    rankings = list(
        Ranking.objects.filter(item=item, state=Ranking.State.COUNTED)
        .prefetch_related("placements")
        .order_by("created_at", "id")
    )
    if not rankings or BoughtOpinion.objects.filter(ranking=rankings[-1]).exists():
        return 0
    verdict = judge(
        [opinion_of(one) for one in rankings],
        accuracies_of(chosen.project),
        Parameters(most=chosen.most, risk=chosen.risk, audit=chosen.audit_percent / 100),
        lot=lot_of(item.pk),
    )
    if not verdict.buy:
        return 0
    try:
        want_another(
            item=item,
            after=len(rankings),
            reserved_for=_for_whom(item, chosen),
        )
    except Conflict:
        return 0  # out of circulation, retired, or it moved on: then it is stirred again
    BoughtOpinion.objects.create(
        project_id=chosen.project_id,
        item=item,
        ranking=rankings[-1],
        reason=verdict.reason,
        judged=len(rankings),
        risk=verdict.risk,
    )
    return 1


def _for_whom(item: Item, chosen: OverlapSettings) -> list[UUID] | None:
    """The group that further opinions go to; what is reserved for somebody stays so."""
    taken = item.reserved_for or item.prompt.prompt_set.reserved_for
    return None if taken or chosen.group_id is None else [chosen.group_id]


def _is_settled(item: Item) -> bool:
    """A reviewer decided it, or what is expected of it is known: it became gold, or people practise on
    it."""
    decided = [Adjudication.Outcome.ACCEPTED, Adjudication.Outcome.ORDERED]
    return (
        Adjudication.objects.filter(item=item, outcome__in=decided).exists()
        or ControlItem.objects.filter(Q(source=item) | Q(item=item)).exists()
        or PracticeItem.objects.filter(source=item).exists()
    )


def lot_of(item: UUID) -> float:
    """The item's fixed draw from 0 to 1."""
    return int(hashlib.sha256(item.bytes).hexdigest()[:8], 16) / 2**32


def _plain(value: Any) -> Any:
    return str(value.pk) if isinstance(value, Group) else value
