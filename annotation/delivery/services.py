"""Writes around what leaves a project: saved views, the licence, webhooks and their messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.delivery import webhooks
from annotation.delivery.models import (
    Licence,
    SavedView,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookMessage,
)
from annotation.lib.errors import Conflict, Invalid, Missing
from annotation.projects.models import Project
from annotation.runs.models import DatasetSnapshot, Run
from annotation.runs.services import create_run

LEASE_S = 60
ENDPOINTS_MAX = 20
Message = WebhookMessage.State


def save_view(*, owner: User, project: Project, name: str, query: str) -> SavedView:
    """Keep a filter under a name; the same name again replaces it."""
    view, _ = SavedView.objects.update_or_create(
        owner=owner, project=project, name=name, defaults={"query": query}
    )
    return view


def forget_view(*, owner: User, view: SavedView) -> None:
    """A view is its owner's; nobody else has it."""
    if view.owner_id != owner.pk:
        raise Missing
    view.delete()


@transaction.atomic
def set_licence(*, actor: User, project: Project, name: str) -> str:
    """The terms that stand in data cards; an empty name takes them away."""
    before = Licence.objects.filter(project=project).values_list("name", flat=True).first() or ""
    if name == before:
        return name
    if name:
        Licence.objects.update_or_create(project=project, defaults={"name": name})
    else:
        Licence.objects.filter(project=project).delete()
    record(
        actor=actor,
        action="project.licence_changed",
        thing=project,
        project_id=project.pk,
        before={"licence": before},
        after={"licence": name},
    )
    return name


# --- datasets ---------------------------------------------------------------------------------


def start_export(
    *,
    actor: User,
    project: Project,
    wish: dict[str, Any],
    snapshot: DatasetSnapshot | None = None,
    idempotency_key: UUID | None = None,
) -> Run:
    """A run that freezes what the filter finds, or takes a snapshot, and writes the parts of it."""
    licence = Licence.objects.filter(project=project).values_list("name", flat=True).first()
    return create_run(
        project=project,
        kind=Run.Kind.EXPORT,
        config={**wish, "licence": licence or ""},
        requested_by=actor,
        snapshot=snapshot,
        idempotency_key=idempotency_key,
    )


# --- webhooks ---------------------------------------------------------------------------------


def secret_of(endpoint: WebhookEndpoint, rotation: int | None = None) -> str:
    """The secret that holds now, or that of another rotation."""
    number = endpoint.rotation if rotation is None else rotation
    return webhooks.secret_of(settings.SECRET_KEY, endpoint.pk, number)


def secrets_of(endpoint: WebhookEndpoint) -> list[str]:
    """The secrets to sign with: the one that holds, and for a day the one before it."""
    found = [secret_of(endpoint)]
    since = endpoint.rotated_at
    if since is not None and timezone.now() - since < timedelta(seconds=webhooks.OVERLAP_S):
        found.append(secret_of(endpoint, endpoint.rotation - 1))
    return found


@transaction.atomic
def add_webhook(
    *, actor: User, project: Project, url: str, events: list[str], description: str = ""
) -> WebhookEndpoint:
    """A new endpoint. Raises Invalid for an address or an event that is not allowed."""
    _check(url, events)
    standing = WebhookEndpoint.objects.filter(project=project, removed_at=None)
    if standing.count() >= ENDPOINTS_MAX:
        raise Conflict("too_many", f"A project has at most {ENDPOINTS_MAX} webhooks.")
    endpoint = WebhookEndpoint.objects.create(
        project=project,
        url=url,
        events=sorted(set(events)),
        description=description,
        created_by=actor,
    )
    record(
        actor=actor, action="webhook.added", thing=endpoint, after={"url": url, "events": events}
    )
    return endpoint


@transaction.atomic
def change_webhook(
    *, actor: User, endpoint: WebhookEndpoint, changes: dict[str, Any]
) -> WebhookEndpoint:
    """Change where an endpoint is, what it is told, or whether it is told anything."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    _check(changes.get("url"), changes.get("events"))  # what stands may be refused by now
    if "events" in changes:
        changes = {**changes, "events": sorted(set(changes["events"]))}
    before = {name: getattr(endpoint, name) for name in changes}
    changed = [name for name in changes if before[name] != changes[name]]
    if changed:
        for name in changed:
            setattr(endpoint, name, changes[name])
        endpoint.save(update_fields=changed)
        record(
            actor=actor,
            action="webhook.changed",
            thing=endpoint,
            before={name: before[name] for name in changed},
            after={name: changes[name] for name in changed},
        )
    return endpoint


@transaction.atomic
def rotate_secret(*, actor: User, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """A new secret; the old one signs beside it for a day."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    before = endpoint.rotation
    endpoint.rotation, endpoint.rotated_at = before + 1, timezone.now()
    endpoint.save(update_fields=["rotation", "rotated_at"])
    record(
        actor=actor,
        action="webhook.secret_rotated",
        thing=endpoint,
        before={"rotation": before},
        after={"rotation": before + 1},
    )
    return endpoint


@transaction.atomic
def remove_webhook(*, actor: User, endpoint: WebhookEndpoint) -> None:
    """Tell it nothing more; what was sent stays on record. Removing twice changes nothing."""
    if WebhookEndpoint.objects.filter(pk=endpoint.pk, removed_at=None).update(removed_at=Now()):
        record(actor=actor, action="webhook.removed", thing=endpoint, before={"url": endpoint.url})


@transaction.atomic
def test_webhook(*, actor: User, endpoint: WebhookEndpoint) -> WebhookMessage:
    """Send a message that says nothing, to see whether it arrives."""
    record(actor=actor, action="webhook.tested", thing=endpoint)
    return WebhookMessage.objects.create(
        endpoint=endpoint, event=webhooks.TEST, data={"by": str(actor.pk)}
    )


@transaction.atomic
def send_again(*, actor: User, message: WebhookMessage) -> WebhookMessage:
    """Put a message back among those to be sent, under its own id. Waiting ones are due at once."""
    message = WebhookMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if message.endpoint.removed_at is not None:
        raise Conflict("webhook_removed", "This webhook was removed.")
    before = message.state
    message.state, message.first_try_at = Message.WAITING, None
    message.next_try_at = timezone.now()
    message.save(update_fields=["state", "first_try_at", "next_try_at"])
    record(
        actor=actor,
        action="webhook.sent_again",
        thing=message,
        project_id=message.endpoint.project_id,
        before={"state": before},
        after={"state": message.state, "event": message.event},
    )
    return message


def _check(url: str | None, events: list[str] | None) -> None:
    """Of an endpoint what is given. Raises Invalid."""
    errors = []
    if url is not None and (
        fault := webhooks.fault_of_url(url, debug=settings.DEBUG, hosts=settings.WEBHOOK_HOSTS)
    ):
        errors.append(("url", "not_allowed", fault))
    if events is not None and not events:
        errors.append(("events", "empty", "Choose at least one event."))
    errors += [
        ("events", "unknown", f"There is no event {name!r}.")
        for name in events or ()
        if name not in webhooks.EVENTS
    ]
    if errors:
        raise Invalid(*errors)


# --- delivering -------------------------------------------------------------------------------


def due_endpoints() -> QuerySet[WebhookEndpoint]:
    """Endpoints with a message that may be due, and that nobody serves."""
    now = timezone.now()
    waiting = WebhookMessage.objects.filter(state=Message.WAITING, next_try_at__lte=now)
    free = WebhookEndpoint.objects.exclude(lease_until__gt=now)
    return free.filter(state="active", removed_at=None, pk__in=waiting.values("endpoint"))


def claim_endpoint(endpoint_id: UUID) -> WebhookEndpoint | None:
    """The right to send to an endpoint for a minute; None where somebody else has it."""
    now = timezone.now()
    free = WebhookEndpoint.objects.filter(pk=endpoint_id, state="active", removed_at=None)
    until = now + timedelta(seconds=LEASE_S)
    if not free.exclude(lease_until__gt=now).update(lease_until=until):
        return None
    return WebhookEndpoint.objects.get(pk=endpoint_id)


def renew_endpoint(endpoint: WebhookEndpoint) -> bool:
    """Another minute; False where the lease ran out and went to somebody else."""
    until = timezone.now() + timedelta(seconds=LEASE_S)
    mine = WebhookEndpoint.objects.filter(
        pk=endpoint.pk, lease_until=endpoint.lease_until, state="active", removed_at=None
    )
    if not mine.update(lease_until=until):
        return False
    endpoint.lease_until = until
    return True


def free_endpoint(endpoint: WebhookEndpoint) -> None:
    """Give the right back."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk, lease_until=endpoint.lease_until).update(
        lease_until=None
    )


def next_message(endpoint: WebhookEndpoint) -> WebhookMessage | None:
    """The oldest message that may be sent now. One that was tried a few times no longer holds up
    those behind it."""
    waiting = WebhookMessage.objects.filter(endpoint=endpoint, state=Message.WAITING).order_by("id")
    now = timezone.now()
    holds = waiting.filter(attempts__lt=webhooks.IN_ORDER_TRIES, next_try_at__gt=now).first()
    due = waiting.filter(next_try_at__lte=now)
    if holds is not None:
        due = due.filter(pk__lt=holds.pk)
    return due.first()


@transaction.atomic
def settle(
    message: WebhookMessage, *, status: int | None, error: str, duration_ms: int
) -> WebhookMessage:
    """What became of one attempt. 2xx is delivered; anything else is tried again for a day."""
    WebhookAttempt.objects.create(
        message=message, status=status, error=error[:200], duration_ms=duration_ms
    )
    message = WebhookMessage.objects.select_for_update().get(pk=message.pk)
    now = timezone.now()
    message.attempts += 1
    message.first_try_at = message.first_try_at or now
    if status is not None and 200 <= status < 300:
        message.state = Message.DELIVERED
    else:
        message.next_try_at = now + timedelta(seconds=webhooks.pause_after(message.attempts))
        if message.next_try_at - message.first_try_at > timedelta(seconds=webhooks.GIVE_UP_S):
            message.state = Message.DEAD
    message.save(update_fields=["attempts", "first_try_at", "next_try_at", "state"])
    return message
