"""The audit trail: searching it, and the chain of hashes that shows when somebody rewrote it.

The chain of a project is laid by the upkeep, in the order in which events became visible. Acts never
wait for it. What it proves: between two links nothing was changed, taken out or put in. Who keeps the
last hash elsewhere can also prove that the end was not cut off.

When a person is deleted, their name is taken out of what events say (accounts/erasing.py). A link holds
the salted hash of the words, so that the chain stays as it was; the words that are left must be those
that a deletion standing in the trail vouches for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from annotation.accounts.models import AuditEvent, AuditRedaction
from annotation.accounts.words import manifest_of, words_of
from annotation.delivery.models import AuditLink
from annotation.lib import json, locks

SETTLING = 5_000
"""So far below the newest link the upkeep looks for events that were committed late."""
AT_ONCE = 2_000
BEGINNING = "0" * 64
COLUMNS = ("event_id", "position", "sha256", "chain")


@dataclass(frozen=True)
class Search:
    """What to look for; what is not given says nothing."""

    actor: UUID | None = None
    action: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None


def search(project_id: UUID, wanted: Search) -> QuerySet[AuditEvent]:
    """The project's events that fit. `action` is a whole one, or a beginning such as `item.`."""
    found = AuditEvent.objects.filter(project_id=project_id).select_related("actor", "link")
    exact = {
        "actor_id": wanted.actor,
        "object_type": wanted.object_type,
        "object_id": wanted.object_id,
        "request_id": wanted.request_id,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value is not None})
    if wanted.action is not None:
        whole = not wanted.action.endswith(".")
        found = found.filter(**{"action" if whole else "action__startswith": wanted.action})
    if wanted.q is not None:
        found = found.alias(
            was=Cast("before", TextField()), became=Cast("after", TextField())
        ).filter(
            Q(action__icontains=wanted.q)
            | Q(object_id__icontains=wanted.q)
            | Q(actor__username__icontains=wanted.q)
            | Q(was__icontains=wanted.q)
            | Q(became__icontains=wanted.q)
        )
    return found


def row(event: AuditEvent) -> dict[str, Any]:
    """An event as a flat row for files."""
    return {
        "id": event.pk,
        "at": event.at.isoformat(),
        "actor": event.actor.username if event.actor else None,
        "action": event.action,
        "object_type": event.object_type,
        "object_id": event.object_id,
        "before": event.before,
        "after": event.after,
        "request_id": event.request_id,
        "sha256": event.link.sha256 if hasattr(event, "link") else None,
    }


# --- the chain --------------------------------------------------------------------------------


def digest(previous: str, event: AuditEvent, words: str) -> str:
    """The hash of a link: over the link before it, all columns of the event and the hash of its words."""
    content = {
        "id": event.pk,
        "at": event.at.isoformat(),
        "actor": str(event.actor_id) if event.actor_id else None,
        "action": event.action,
        "project": str(event.project_id) if event.project_id else None,
        "object": [event.object_type, event.object_id],
        "words": words,
        "request": event.request_id,
    }
    return hashlib.sha256(previous.encode() + json.canonical(content)).hexdigest()


def lay_chain() -> int:
    """Link the events that are not linked yet; how many. One process at a time."""
    laid = 0
    while True:
        with transaction.atomic():
            if not locks.try_hold("audit-chain"):
                return laid
            last = (
                AuditLink.objects.order_by("-event_id").values_list("event_id", flat=True).first()
            )
            events = AuditEvent.objects.filter(link=None, id__gt=(last or 0) - SETTLING)
            found = list(events.order_by("id")[:AT_ONCE])
            _link(found)
        laid += len(found)
        if len(found) < AT_ONCE:
            return laid


def _link(events: list[AuditEvent]) -> None:
    ends: dict[str, tuple[int, str]] = {}
    links = []
    for event in events:
        chain = str(event.project_id or "")
        if chain not in ends:
            last = AuditLink.objects.filter(chain=chain).order_by("-position").first()
            ends[chain] = (last.position, last.sha256) if last else (0, BEGINNING)
        position, previous = ends[chain]
        words = words_of(event)
        sha256 = digest(previous, event, words)
        links.append(
            AuditLink(
                event=event, chain=chain, position=position + 1, words_sha256=words, sha256=sha256
            )
        )
        ends[chain] = (position + 1, sha256)
    AuditLink.objects.bulk_create(links)


@dataclass(frozen=True)
class Verdict:
    """What a look at one chain found; `broken_at` is the first event that does not fit."""

    chain: str
    links: int
    head: str
    broken_at: int | None = None


def verify(chain: str) -> Verdict:
    """Compute a whole chain again, from the events as they stand."""
    previous, position = BEGINNING, 0
    vouched: dict[int, bool] = {}
    for link in _links(chain):
        position += 1
        expected = digest(previous, link.event, link.words_sha256)
        fits = link.position == position and link.sha256 == expected
        if not fits or not _says_so_still(link, vouched):
            return Verdict(chain, position - 1, previous, link.event_id)
        previous = expected
    return Verdict(chain, position, previous)


def _says_so_still(link: AuditLink, vouched: dict[int, bool]) -> bool:
    """Whether the event says what it said, or what the last deletion that touched it left."""
    words = words_of(link.event)
    last = AuditRedaction.objects.filter(event=link.event_id).order_by("-id").first()
    if last is None:
        return words == link.words_sha256
    if last.deletion_id not in vouched:
        vouched[last.deletion_id] = _vouches(last.deletion)
    return words == last.words_sha256 and vouched[last.deletion_id]


def _vouches(deletion: AuditEvent) -> bool:
    """Whether the redactions of a deletion are those that its own event names."""
    made = AuditRedaction.objects.filter(deletion=deletion).values_list("event_id", "words_sha256")
    return deletion.action == "person.deleted" and (deletion.after or {}).get(
        "redacted_sha256"
    ) == manifest_of(made)


def chains() -> list[str]:
    """Every chain: one per project, and the empty one."""
    found = AuditLink.objects.order_by("chain").values_list("chain", flat=True).distinct()
    return list(found)


def _links(chain: str) -> Iterator[AuditLink]:
    after = 0
    while True:
        page = AuditLink.objects.filter(chain=chain, position__gt=after).select_related("event")
        found = list(page.order_by("position")[:AT_ONCE])
        yield from found
        if len(found) < AT_ONCE:
            return
        after = found[-1].position
