"""Writes around projects: settings, members, guidelines. Every act leaves an audit event."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.accounts.services import create_user, pseudonym_username, record
from annotation.lib.errors import Conflict, Invalid, Missing, NameTaken, Refused
from annotation.projects.models import (
    GuidelineReading,
    GuidelineVersion,
    ImportedLabeler,
    Membership,
    Mode,
    Project,
    Role,
    Step,
)

SETTINGS = (
    "name",
    "description",
    "language",
    "state",
    "completions_per_item",
    "judgments_per_item",
    "mode",
    "steps",
    "allow_ties",
    "draw_cut",
    "write_better",
    "mark_spans",
    "take_notes",
    "axes",
    "flags",
    "pass_mark",
    "budget",
    "ends_at",
    "daily_cap",
    "lease_seconds_min",
    "lease_seconds_max",
)


@transaction.atomic
def create_project(*, actor: User, **settings: Any) -> Project:
    """A new project; its creator becomes admin and ML engineer of it."""
    _check_name(settings["name"])
    project = Project(created_by=actor, **settings)
    _check_settings(project)
    project.save(force_insert=True)
    for role in (Role.ADMIN, Role.ML):
        Membership.objects.create(project=project, user=actor, role=role)
    record(
        actor=actor,
        action="project.created",
        thing=project,
        project_id=project.id,
        after=_settings_of(project),
    )
    return project


@transaction.atomic
def change_project(*, actor: User, project: Project, changes: dict[str, Any]) -> Project:
    """Change settings; changing nothing writes nothing. Of an archived project only the state changes."""
    project = _locked(project)
    if project.state == Project.State.ARCHIVED and set(changes) != {"state"}:
        raise Conflict("archived", "This project is archived: restore it before changing it.")
    before = _settings_of(project)
    if "name" in changes and changes["name"] != project.name:
        _check_name(changes["name"])
    for field, value in changes.items():
        setattr(project, field, value)
    _check_settings(project)
    after = _settings_of(project)
    changed = [field for field in SETTINGS if before[field] != after[field]]
    if changed:
        project.save(update_fields=changed)
        record(
            actor=actor,
            action="project.changed",
            thing=project,
            project_id=project.id,
            before={field: before[field] for field in changed},
            after={field: after[field] for field in changed},
        )
    return project


@transaction.atomic
def add_member(
    *,
    actor: User,
    project: Project,
    username: str,
    roles: Iterable[str],
    password: str = "",
    email: str = "",
    display_name: str = "",
) -> User:
    """Add a person who exists, or, when a password is given, one who does not exist yet."""
    project = _locked(project)
    person = User.objects.filter(username__iexact=username).first()
    if person is None:
        if not password:
            raise Refused("no_such_person", f"Nobody is called {username!r}; give a password.")
        person = new_person(username, password, email, display_name)
        record(actor=actor, action="person.created", thing=person, project_id=project.id)
    elif password or email or display_name:
        raise Conflict("username_taken", f"{username!r} exists already; add them by name alone.")
    elif person.is_pseudonymous:
        raise Refused("pseudonymous", "This stands for a labeler of imported data.")
    if Membership.objects.filter(project=project, user=person).exists():
        raise Conflict("already_member", f"{username!r} is a member already; change the roles.")
    chosen = sorted(set(roles))
    for role in chosen:
        Membership.objects.create(project=project, user=person, role=role)
    _record_roles(actor, project, person, "member.added", [], chosen)
    return person


@transaction.atomic
def change_roles(*, actor: User, project: Project, person: User, roles: Iterable[str]) -> None:
    """Give a member exactly these roles. A project keeps at least one admin."""
    project = _locked(project)
    chosen = sorted(set(roles))
    before = _roles_of(project, person)
    if not before:
        raise Missing("This person is not a member here.")
    if before == chosen:
        return
    _keep_an_admin(project, person, chosen)
    resting = Membership.objects.filter(project=project, user=person).first()
    since = resting.suspended_at if resting else None
    Membership.objects.filter(project=project, user=person).exclude(role__in=chosen).delete()
    for role in sorted(set(chosen) - set(before)):
        Membership.objects.create(project=project, user=person, role=role, suspended_at=since)
    action = "member.changed" if chosen else "member.removed"
    _record_roles(actor, project, person, action, before, chosen)


@transaction.atomic
def set_suspended(
    *, actor: User, project: Project, person: User, suspended: bool, reason: str = ""
) -> bool:
    """Put all roles of a member at rest, or wake them; whether anything changed.

    What hands leases back stands above this app: labeling's `suspend`.
    """
    project = _locked(project)
    roles = _roles_of(project, person)
    if not roles:
        raise Missing("This person is not a member here.")
    held = Membership.objects.filter(project=project, user=person)
    if suspended:
        _keep_an_admin(project, person, [])
    changed = held.filter(suspended_at__isnull=suspended).update(
        suspended_at=Now() if suspended else None
    )
    if changed:
        record(
            actor=actor,
            action="member.suspended" if suspended else "member.unsuspended",
            thing=person,
            project_id=project.id,
            before={"username": person.username, "suspended": not suspended},
            after={"username": person.username, "suspended": suspended, "reason": reason},
        )
    return bool(changed)


def join(*, project: Project, person: User, roles: Iterable[str], after: dict[str, Any]) -> None:
    """Give a person these roles on top of what they hold, by their own act; audited with `after`."""
    before = _roles_of(project, person)
    missing = sorted(set(roles) - set(before))
    for role in missing:
        Membership.objects.create(project=project, user=person, role=role)
    if missing:
        record(
            actor=person,
            action="member.joined",
            thing=person,
            project_id=project.id,
            before={"username": person.username, "roles": before},
            after={"username": person.username, "roles": sorted({*before, *missing}), **after},
        )


def remove_member(*, actor: User, project: Project, person: User) -> None:
    """Take all roles away; what the person did stays."""
    change_roles(actor=actor, project=project, person=person, roles=())


@transaction.atomic
def publish_guidelines(
    *, actor: User, project: Project, text: str, changes: str = ""
) -> GuidelineVersion:
    """The next version of the instructions; versions are immutable."""
    project = _locked(project)
    last = GuidelineVersion.objects.filter(project=project).aggregate(n=Max("number"))["n"] or 0
    version = GuidelineVersion.objects.create(
        project=project, number=last + 1, text=text, changes=changes, created_by=actor
    )
    record(
        actor=actor, action="guidelines.published", thing=version, after={"number": version.number}
    )
    return version


def mark_guidelines_read(*, reader: User, project: Project, number: int) -> None:
    """Somebody says that they read this version; saying it again changes nothing."""
    version = GuidelineVersion.objects.filter(project=project, number=number).first()
    if version is None:
        raise Missing("There is no such version of the guidelines.")
    GuidelineReading.objects.get_or_create(user=reader, version=version)


def imported_labelers(
    *, project: Project, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], User]:
    """The pseudonymous person behind each (source, name); those not met before are created."""
    found = _known_labelers(project, wanted)
    missing = sorted(set(wanted) - set(found))
    if missing:
        people = [
            User(
                username=pseudonym_username(project.id, source, name),
                display_name=name[:150],
                password=make_password(None),
                is_active=False,
                is_pseudonymous=True,
            )
            for source, name in missing
        ]
        User.objects.bulk_create(people)
        ImportedLabeler.objects.bulk_create(
            ImportedLabeler(project=project, source=source, name=name, user=person)
            for (source, name), person in zip(missing, people, strict=True)
        )
        found |= dict(zip(missing, people, strict=True))
    return found


def _known_labelers(
    project: Project, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], User]:
    rows = ImportedLabeler.objects.filter(
        project=project,
        source__in={source for source, _ in wanted},
        name__in={name for _, name in wanted},
    ).select_related("user")
    return {(row.source, row.name): row.user for row in rows if (row.source, row.name) in wanted}


def _locked(project: Project) -> Project:
    """The project as it stands now, held against other changes until the transaction ends."""
    return Project.objects.select_for_update(no_key=True).get(id=project.id)


def _settings_of(project: Project) -> dict[str, Any]:
    told = {field: getattr(project, field) for field in SETTINGS}
    return told | {"ends_at": project.ends_at and project.ends_at.isoformat()}


def _check_name(name: str) -> None:
    if Project.objects.filter(name=name).exists():
        raise NameTaken(f"There is a project {name!r} already.")


def _check_settings(project: Project) -> None:
    """Refuse settings that contradict each other; raises Invalid naming every field concerned."""
    errors = [
        (field, "twice", f"{value!r} stands here twice.")
        for field in ("steps", "axes", "flags")
        for value, times in Counter(getattr(project, field)).items()
        if times > 1
    ]
    if Step.GRADE in project.steps and not project.axes:
        errors.append(("axes", "missing", "Grading needs at least one axis."))
    if project.mode == Mode.DUEL and project.completions_per_item != 2:
        errors.append(("completions_per_item", "duel", "A duel is between exactly two answers."))
    if project.lease_seconds_min > project.lease_seconds_max:
        errors.append(
            ("lease_seconds_min", "lease_bounds", "This must not exceed lease_seconds_max.")
        )
    if errors:
        raise Invalid(*errors)


def new_person(username: str, password: str, email: str, display_name: str) -> User:
    draft = User(username=username, email=email, display_name=display_name)
    try:
        User.username_validator(username)
        validate_password(password, draft)
    except ValidationError as error:
        raise Refused("weak_credentials", " ".join(error.messages)) from None
    return create_user(username=username, password=password, email=email, display_name=display_name)


def _roles_of(project: Project, person: User) -> list[str]:
    held = Membership.objects.filter(project=project, user=person)
    return sorted(held.values_list("role", flat=True))


def _keep_an_admin(project: Project, person: User, chosen: list[str]) -> None:
    if Role.ADMIN in chosen:
        return
    admins = Membership.objects.filter(
        project=project, role=Role.ADMIN, suspended_at=None, user__is_active=True
    )
    held = set(admins.values_list("user_id", flat=True))
    if held == {person.id}:
        raise Conflict("last_admin", "A project keeps at least one admin.")


def _record_roles(
    actor: User, project: Project, person: User, action: str, before: list[str], after: list[str]
) -> None:
    record(
        actor=actor,
        action=action,
        thing=person,
        project_id=project.id,
        before={"username": person.username, "roles": before},
        after={"username": person.username, "roles": after},
    )
