"""A project's data, newest first, a page at a time, as fast on a million items as on a hundred.

Pages are keyed by id (UUIDv7: time). What an index answers is walked directly. Any other condition is
looked up for one row after the other, so a page looks through at most `WINDOW` rows (of texts: as many
as `TEXT_SECONDS` allow) and says how far it came: the next page goes on from there. Nobody waits for
the end of the table.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Model, Prefetch, QuerySet

from annotation.labeling import filters
from annotation.labeling.filters import Filter
from annotation.labeling.models import Comparison, Demonstration, Item, ItemCompletion, Ranking
from annotation.lib.ids import lowest_at
from annotation.projects.models import Project

WINDOW = 5_000
TEXT_WINDOW = 200
"""Where words are looked for the texts of every answer are read: a few at a time, until the time is up."""
TEXT_SECONDS = 0.15
COUNT_UP_TO = 20_000
COUNT_MS = 250
SKEW = timedelta(days=1)
"""Keys carry the clock of whoever made them, created_at the database's at the transaction's start."""

M = TypeVar("M", bound=Model)
Rows = TypeVar("Rows", bound=QuerySet[Any])


@dataclass(frozen=True)
class Page(Generic[M]):
    """`following`: the key below which the next page begins; None at the end."""

    rows: list[M]
    following: UUID | None


@dataclass(frozen=True)
class Counted:
    """`number` is None where counting would take too long; `more`: there are more than this."""

    number: int | None
    more: bool = False


def rankings(project: Project, chosen: Filter, state: str | None) -> QuerySet[Ranking]:
    """The rankings that indexed conditions leave."""
    rows = Ranking.objects.filter(filters.near(chosen), project=project, item__control="")
    return _in_time(rows if state is None else rows.filter(state=state), chosen)


def demonstrations(project: Project, chosen: Filter, state: str | None) -> QuerySet[Demonstration]:
    """The demonstrations that indexed conditions leave."""
    rows = Demonstration.objects.filter(
        filters.near(chosen, "prompt"), project=project, item__control=""
    )
    return _in_time(rows if state is None else rows.filter(state=state), chosen)


def items(project: Project, chosen: Filter, state: str | None) -> QuerySet[Item]:
    """The items that indexed conditions leave."""
    rows = Item.objects.filter(project=project, control="")
    if chosen.prompt_set is not None:
        rows = rows.filter(prompt__prompt_set_id=chosen.prompt_set)
    if chosen.since is not None:
        rows = rows.filter(created_at__gte=chosen.since)
    if chosen.until is not None:
        rows = rows.filter(created_at__lt=chosen.until)
    return _in_time(rows if state is None else rows.filter(state=state), chosen)


Narrow = Callable[[Any, Filter], Any]
SOURCES: dict[str, tuple[Callable[[Project, Filter, str | None], Any], Narrow]] = {
    "rankings": (rankings, filters.rankings),
    "demonstrations": (demonstrations, filters.demonstrations),
    "items": (items, filters.items),
    "pairs": (lambda project, chosen, _: rankings(project, chosen, "counted"), filters.rankings),
}
ITEMS_NEAR = {"prompt_set", "since", "until"}


def page(
    project: Project, what: str, chosen: Filter, state: str | None, below: UUID | None, size: int
) -> Page[Any]:
    """One page of rankings, demonstrations, items, or rankings whose pairs are wanted."""
    until = time.monotonic() + TEXT_SECONDS
    found: list[Any] = []
    while True:
        more, below = _look(project, what, chosen, state, below, size + 1 - len(found))
        found += more
        if len(found) > size:
            return Page(found[:size], found[size - 1].pk)
        if below is None or not chosen.q or time.monotonic() > until:
            return Page(found, below)


def _look(
    project: Project, what: str, chosen: Filter, state: str | None, below: UUID | None, wanted: int
) -> tuple[list[Any], UUID | None]:
    """Rows among the next that may be looked through, and the key below which to go on (None: the end)."""
    source, narrow = SOURCES[what]
    rows = source(project, chosen, state).order_by("-id")
    if below is not None:
        rows = rows.filter(id__lt=below)
    end = None
    if not _is_near(what, chosen):
        window = TEXT_WINDOW if chosen.q else WINDOW
        end = rows.values_list("id", flat=True)[window - 1 : window].first()
        if end is not None:
            rows = rows.filter(id__gte=end)
        rows = narrow(rows, chosen)
    return list(_with_related(what, rows)[:wanted]), end


def pairs_of(rankings: list[Ranking]) -> list[Comparison]:
    """The pairs that these rankings say, ranking by ranking."""
    place = {ranking.pk: number for number, ranking in enumerate(rankings)}
    found = Comparison.objects.filter(ranking__in=rankings).select_related("chosen", "rejected")
    return sorted(
        found,
        key=lambda pair: (
            place[pair.ranking_id],
            min(pair.chosen_shown_at, pair.rejected_shown_at),
            max(pair.chosen_shown_at, pair.rejected_shown_at),
        ),
    )


def count(project: Project, what: str, chosen: Filter, state: str | None) -> Counted:
    """How many rows there are: exact up to `COUNT_UP_TO`, unknown after a quarter of a second."""
    source, narrow = SOURCES[what]
    rows = source(project, chosen, state).order_by()
    if not _is_near(what, chosen):
        rows = narrow(rows, chosen)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {COUNT_MS}")
            number = rows.values("pk")[: COUNT_UP_TO + 1].count()
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = DEFAULT")
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
        return Counted(None)
    return Counted(min(number, COUNT_UP_TO), number > COUNT_UP_TO)


def _is_near(what: str, chosen: Filter) -> bool:
    return chosen.names <= ITEMS_NEAR if what == "items" else chosen.is_near


def _in_time(rows: Rows, chosen: Filter) -> Rows:
    """The same span of time over the keys, so that the walk by key begins and ends there."""
    if chosen.since is not None:
        rows = rows.filter(id__gte=lowest_at(chosen.since - SKEW))
    if chosen.until is not None:
        rows = rows.filter(id__lt=lowest_at(chosen.until + SKEW))
    return rows


def _with_related(what: str, rows: Any) -> Any:
    if what == "items":
        return rows.select_related("prompt").prefetch_related("item_completions")
    rows = rows.select_related("labeler", "guideline_version", "item__prompt")
    if what == "demonstrations":
        return rows
    frozen = (
        ItemCompletion.objects.select_related("completion__policy_version")
        .defer("completion__text", "completion__shown_text", "completion__meta")
        .order_by("position")
    )
    return rows.prefetch_related("placements", Prefetch("item__item_completions", frozen))
