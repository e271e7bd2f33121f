"""Changing work that waits, in bulk: for whom it is reserved, how soon it comes, how often it is judged.

What is in somebody's hands, and what is judged, stays. A dry run does it all and takes it back, so
the figures it tells are the true ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.models import PromptSet
from annotation.labeling.services.items import NEEDED_RANGE
from annotation.lib import locks
from annotation.lib.errors import Invalid
from annotation.lib.statements import retrying
from annotation.projects.groups import check_groups
from annotation.projects.models import Project

SCOPE = """
CREATE TEMP TABLE work_scope ON COMMIT DROP AS
SELECT i.id AS item_id, i.state = 'open' AS is_open, i.needed AS before, 0 AS after
  FROM labeling_item i JOIN corpus_prompt t ON t.id = i.prompt_id
 WHERE i.project_id = %(project)s AND NOT i.is_imported
   AND (t.prompt_set_id = %(prompt_set)s OR i.id = ANY (%(items)s))
   AND NOT EXISTS (SELECT 1 FROM labeling_slot s WHERE s.item_id = i.id AND s.is_private)
"""
# Slots first, then items, as everywhere.
HOLD = (
    "SELECT count(*) FROM (SELECT 1 FROM labeling_slot WHERE item_id IN (SELECT item_id FROM "
    "work_scope) ORDER BY id FOR NO KEY UPDATE) held",
    "SELECT count(*) FROM (SELECT 1 FROM labeling_item WHERE id IN (SELECT item_id FROM work_scope) "
    "ORDER BY id FOR NO KEY UPDATE) held",
)
AUDIENCE = """
UPDATE labeling_slot SET audience_id = labeling_audience_of(item_id)
 WHERE item_id IN (SELECT item_id FROM work_scope)
"""
# The part behind the point is the shuffle of the queue: it stays.
PRIORITY = (
    "UPDATE labeling_item SET priority = %(priority)s + (priority - floor(priority)) "
    "WHERE id IN (SELECT item_id FROM work_scope)",
    "UPDATE labeling_slot s SET priority = i.priority FROM labeling_item i "
    "WHERE i.id = s.item_id AND i.id IN (SELECT item_id FROM work_scope)",
)
TARGET = """
UPDATE work_scope w SET after = greatest(%(needed)s, (
  SELECT count(*) FROM labeling_slot s WHERE s.item_id = w.item_id AND s.state IN ('leased', 'done')))
 WHERE is_open
"""
RAISE = "UPDATE labeling_item i SET needed = w.after FROM work_scope w WHERE i.id = w.item_id AND w.after > w.before"
REOPEN = """
UPDATE labeling_slot s SET state = 'open' FROM work_scope w
 WHERE s.item_id = w.item_id AND w.after > w.before AND s.state = 'void'
   AND s.number > w.before AND s.number <= w.after
"""
ADD = """
INSERT INTO labeling_slot (id, item_id, project_id, number, state, priority)
SELECT uuidv7(), i.id, i.project_id, n, 'open', i.priority
  FROM work_scope w JOIN labeling_item i ON i.id = w.item_id
  CROSS JOIN LATERAL generate_series(w.before + 1, w.after) n
 WHERE w.after > w.before
   AND NOT EXISTS (SELECT 1 FROM labeling_slot s WHERE s.item_id = i.id AND s.number = n)
"""
VOID = """
UPDATE labeling_slot s SET state = 'void' FROM (
  SELECT o.id, w.after, row_number() OVER (
           PARTITION BY o.item_id ORDER BY o.state = 'open', o.number) AS place
    FROM work_scope w JOIN labeling_slot o ON o.item_id = w.item_id
   WHERE w.is_open AND w.after < w.before AND o.state <> 'void') ranked
 WHERE s.id = ranked.id AND s.state = 'open' AND ranked.place > ranked.after
"""
# What stays may stand at a high number: numbers are given anew, out of each other's way first.
RENUMBER = (
    "UPDATE labeling_item i SET needed = i.needed + 200 FROM work_scope w "
    "WHERE i.id = w.item_id AND w.is_open AND w.after < w.before",
    "UPDATE labeling_slot s SET number = s.number + 100 FROM work_scope w "
    "WHERE s.item_id = w.item_id AND w.is_open AND w.after < w.before",
    "UPDATE labeling_slot s SET number = ranked.place FROM ("
    "SELECT o.id, row_number() OVER (PARTITION BY o.item_id ORDER BY o.state = 'void', o.number) "
    "AS place FROM work_scope w JOIN labeling_slot o ON o.item_id = w.item_id "
    "WHERE w.is_open AND w.after < w.before) ranked WHERE s.id = ranked.id",
    "UPDATE labeling_item i SET needed = w.after, "
    "state = CASE WHEN i.counted >= w.after THEN 'done' ELSE i.state END FROM work_scope w "
    "WHERE i.id = w.item_id AND w.is_open AND w.after < w.before",
)
FORGET = "DELETE FROM labeling_queuemark WHERE project_id = %(project)s"


@dataclass(frozen=True)
class WorkChanged:
    """Items concerned, of which some wait; slots that open anew, and open ones that go."""

    items: int
    open_items: int
    slots_added: int
    slots_voided: int


def change_work(
    *,
    actor: User,
    project: Project,
    prompt_set: UUID | None = None,
    items: Sequence[UUID] = (),
    changes: dict[str, Any],
    dry_run: bool = False,
) -> WorkChanged:
    """Change all items of a prompt set, or single ones: `reserved_for` (groups; none releases),
    `priority` (a whole number), `needed` (judgments of each open item).

    Raising `needed` adds slots, lowering it takes open ones away and no others. Raises Invalid.
    """
    return retrying(lambda: _change(actor, project, prompt_set, items, changes, dry_run))


@transaction.atomic
def _change(
    actor: User,
    project: Project,
    prompt_set: UUID | None,
    items: Sequence[UUID],
    changes: dict[str, Any],
    dry_run: bool,
) -> WorkChanged:
    locks.hold("items", project.pk)
    chosen = None
    if prompt_set is not None:
        chosen = PromptSet.objects.filter(pk=prompt_set, project=project).first()
        if chosen is None:
            raise Invalid(("prompt_set", "unknown", "There is no such prompt set here."))
    point = transaction.savepoint()
    names = {"project": project.pk, "prompt_set": prompt_set, "items": list(items), **changes}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS work_scope")
        cursor.execute(SCOPE, names)
        found, waiting = _one(
            cursor, "SELECT count(*), count(*) FILTER (WHERE is_open) FROM work_scope"
        )
        if missing := len(set(items)) - found if chosen is None else 0:
            raise Invalid(
                ("items", "unknown", f"{missing} of these items are none of this project.")
            )
        for statement in HOLD:
            cursor.execute(statement)
        if "reserved_for" in changes:
            _reserve(cursor, project, chosen, changes["reserved_for"])
        if "priority" in changes:
            for statement in PRIORITY:
                cursor.execute(statement, names)
        added, voided = _repeat(cursor, changes["needed"]) if "needed" in changes else (0, 0)
        cursor.execute(FORGET, names)
    if dry_run:
        transaction.savepoint_rollback(point)
    else:
        transaction.savepoint_commit(point)
        record(
            actor=actor,
            action="work.changed",
            thing=chosen or project,
            project_id=project.pk,
            after={
                "items": found,
                "slots_added": added,
                "slots_voided": voided,
                **{name: _plain(value) for name, value in changes.items()},
            },
        )
    return WorkChanged(found, waiting, added, voided)


def _reserve(cursor: Any, project: Project, chosen: PromptSet | None, groups: list[UUID]) -> None:
    wanted = check_groups(project, groups, "reserved_for")
    if chosen is not None:
        PromptSet.objects.filter(pk=chosen.pk).update(reserved_for=wanted)
    else:
        cursor.execute(
            "UPDATE labeling_item SET reserved_for = %s::uuid[] "
            "WHERE id IN (SELECT item_id FROM work_scope)",
            [wanted],
        )
    cursor.execute(AUDIENCE)


def _repeat(cursor: Any, needed: int) -> tuple[int, int]:
    """Slots that were added and taken away so that every open item has `needed` of them."""
    if not NEEDED_RANGE[0] <= needed <= NEEDED_RANGE[1]:
        raise Invalid(("needed", "out_of_range", f"Choose {NEEDED_RANGE[0]} to {NEEDED_RANGE[1]}."))
    cursor.execute(TARGET, {"needed": needed})
    cursor.execute(RAISE)
    added = 0
    for statement in (REOPEN, ADD):
        cursor.execute(statement)
        added += cursor.rowcount
    cursor.execute(VOID)
    voided = cursor.rowcount
    for statement in RENUMBER:
        cursor.execute(statement)
    return added, voided


def _one(cursor: Any, query: str) -> tuple[int, int]:
    cursor.execute(query)
    first, second = cursor.fetchone()
    return first, second


def _plain(value: Any) -> Any:
    return [str(one) for one in value] if isinstance(value, list) else value
