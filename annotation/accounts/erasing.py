"""Taking a person's name out of the accounts: what identifies them goes, a pseudonym takes its place."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import Q

from annotation.accounts.models import ApiToken, AuditEvent, AuditRedaction, Preferences, User
from annotation.accounts.words import manifest_of, words_of
from annotation.lib import locks

NAME_FIELDS = ("username", "display_name", "email", "first_name", "last_name")
# Under these keys of an audit event stand words of closed lists: somebody may be called "reviewer".
CLOSED = frozenset(
    {"roles", "scopes", "state", "kind", "mode", "status", "steps", "locale", "language", "languages",
     "events", "purpose"}
)  # fmt: skip
NAMING = frozenset({*NAME_FIELDS, "name", "label", "labeler"})
SHORT = 2
"""Names up to this length are replaced only where they stand alone under a key that names people."""


@dataclass(frozen=True)
class Erased:
    """What a deletion has to say in the audit trail."""

    shown: str
    redacted: dict[int, str]  # {event: hash of the words that are left}


def names_of(person: User) -> frozenset[str]:
    """Every string by which the person is known."""
    return frozenset(filter(None, (getattr(person, name) for name in NAME_FIELDS)))


def pseudonym() -> tuple[str, str]:
    """A user name and a display name that nobody has."""
    while True:
        mark = secrets.token_hex(4)
        if not User.objects.filter(username=f"former-{mark}").exists():
            return f"former-{mark}", f"Former labeler {mark}"


def erase_account(person: User, *, with_judgments: bool) -> Erased:
    """Replace the name and end every way in, in the caller's transaction.

    `with_judgments`: what the person judged never counts again.
    """
    names = names_of(person)
    username, shown = pseudonym()
    for session in UserSession.objects.filter(user=person):
        session.end()
    for kind in (Authenticator, EmailAddress, SocialAccount, ApiToken, Preferences):
        kind.objects.filter(user=person).delete()
    LogEntry.objects.filter(Q(object_id=str(person.pk)) | Q(object_repr__in=names)).update(
        object_repr=username, change_message=""
    )
    redacted = _redact_audit(person, names, username)
    person.username, person.display_name = username, shown
    person.email = person.first_name = person.last_name = ""
    person.is_staff = person.is_superuser = person.is_active = False
    person.is_pseudonymous, person.last_login = True, None
    person.judgments_withdrawn = with_judgments
    person.set_unusable_password()
    person.save()
    person.groups.clear()
    person.user_permissions.clear()
    return Erased(shown, redacted)


def _redact_audit(person: User, names: Iterable[str], instead: str) -> dict[int, str]:
    """Take the names out of what the audit trail keeps as words; who acted, on what and when stays.

    Nobody lays the chain meanwhile: it would hash what is being taken out.
    """
    locks.hold("audit-chain")
    known = sorted(names, key=len, reverse=True)
    said = Q(object_id=str(person.pk)) | Q(actor=person)
    for name in known:
        said |= Q(before__icontains=name) | Q(after__icontains=name)
    redacted: dict[int, str] = {}
    for event in AuditEvent.objects.filter(said).order_by("id").iterator(chunk_size=500):
        before = without(event.before, known, instead)
        after = without(event.after, known, instead)
        if (before, after) != (event.before, event.after):
            _rewrite(event, before, after)
            redacted[event.pk] = words_of(event)
    return redacted


def _rewrite(event: AuditEvent, before: Any, after: Any) -> None:
    event.before, event.after, event.salt = before, after, None
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tiebreak.erasing', 'on', true)")
        event.save(update_fields=["before", "after", "salt"])
        cursor.execute("SELECT set_config('tiebreak.erasing', 'off', true)")


def redaction_words(redacted: dict[int, str]) -> dict[str, Any]:
    """What the event of the deletion says about its redactions."""
    return {"redacted": len(redacted), "redacted_sha256": manifest_of(redacted.items())}


def keep_redactions(deletion: AuditEvent, redacted: dict[int, str]) -> None:
    """Leave a mark at each event from which the name was taken."""
    AuditRedaction.objects.bulk_create(
        AuditRedaction(event_id=event, deletion=deletion, words_sha256=sha256)
        for event, sha256 in redacted.items()
    )


def without(value: Any, names: list[str], instead: str, key: str = "") -> Any:
    """The JSON value with the names replaced, wherever they stand as words of their own."""
    if isinstance(value, dict):
        return {
            replaced(one, names, instead): without(each, names, instead, one)
            for one, each in value.items()
        }
    if key in CLOSED:
        return value
    if isinstance(value, list):
        return [without(each, names, instead, key) for each in value]
    if not isinstance(value, str):
        return value
    if key in NAMING and value.casefold() in {name.casefold() for name in names}:
        return instead
    return replaced(value, names, instead)


def replaced(text: str, names: Iterable[str], instead: str) -> str:
    """The text with the names replaced, whatever their case. Chinese has no gaps between words."""
    for name in names:
        if len(name) > SHORT:
            edge = r"\b" if name.isascii() else ""
            before = edge if re.match(r"\w", name) else ""
            after = edge if re.search(r"\w$", name) else ""
            text = re.sub(f"{before}{re.escape(name)}{after}", instead, text, flags=re.IGNORECASE)
    return text
