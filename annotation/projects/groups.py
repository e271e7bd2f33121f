"""Groups of labelers, the languages they read and how much they may do in a day; for writes.

A group is a named set of labelers of a project. Work that is reserved for groups is handed out to
their members alone; work in a language to those who read it. See labeling for how.
"""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Prefetch, QuerySet

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.lib.errors import Conflict, Invalid, Missing, NameTaken
from annotation.projects.models import Group, GroupMember, Membership, Project, Role

LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def groups_of(project: Project) -> QuerySet[Group]:
    """The groups by name; each has `held`, its members with their people."""
    held = GroupMember.objects.select_related("membership__user").order_by(
        "membership__user__username"
    )
    found = Group.objects.filter(project=project).order_by("name")
    return found.prefetch_related(Prefetch("members", queryset=held, to_attr="held"))


def labelers_of(project: Project) -> QuerySet[Membership]:
    """Labelers with their groups as `grouped`, by name."""
    grouped = GroupMember.objects.select_related("group").order_by("group__name")
    return (
        Membership.objects.filter(project=project, role=Role.LABELER, user__is_pseudonymous=False)
        .select_related("user")
        .prefetch_related(Prefetch("in_groups", queryset=grouped, to_attr="grouped"))
        .order_by("user__username")
    )


@transaction.atomic
def create_group(
    *,
    actor: User,
    project: Project,
    name: str,
    description: str = "",
    members: Sequence[UUID] = (),
) -> Group:
    """A new group. Raises Conflict (`name_taken`) or Invalid for somebody who is no labeler here."""
    _check_name(project, name)
    group = Group.objects.create(project=project, name=name, description=description)
    _set_members(group, members)
    record(
        actor=actor,
        action="group.created",
        thing=group,
        project_id=project.pk,
        after={"name": name, "members": [str(one) for one in members]},
    )
    return group


@transaction.atomic
def change_group(*, actor: User, group: Group, changes: dict[str, Any]) -> Group:
    """Change name, description or (as a whole) the members; changing nothing writes nothing."""
    group = Group.objects.select_for_update(no_key=True).get(pk=group.pk)
    before = _told(group)
    if "name" in changes and changes["name"] != group.name:
        _check_name(group.project, changes["name"])
    for field in ("name", "description"):
        setattr(group, field, changes.get(field, getattr(group, field)))
    group.save(update_fields=["name", "description"])
    if "members" in changes:
        _set_members(group, changes["members"])
    after = _told(group)
    if after != before:
        record(
            actor=actor,
            action="group.changed",
            thing=group,
            project_id=group.project_id,
            before=before,
            after=after,
        )
    return group


@transaction.atomic
def delete_group(*, actor: User, group: Group) -> None:
    """Dissolve a group for which no work is reserved; raises Conflict (`group_in_use`) otherwise."""
    before = _told(group)
    record(
        actor=actor,
        action="group.deleted",
        thing=group,
        project_id=group.project_id,
        before=before,
    )
    try:
        with transaction.atomic():
            group.delete()
    except IntegrityError:
        raise Conflict(
            "group_in_use", f"Work is reserved for {group.name!r}; release it first."
        ) from None


@transaction.atomic
def change_labeler(
    *, actor: User, project: Project, person: User, changes: dict[str, Any]
) -> Membership:
    """Set what a labeler reads (`languages`), may do in a day (`daily_cap`), and their `groups`.

    Raises Missing for somebody who is no labeler here, Invalid for a language tag or a group that is
    none. Changing nothing writes nothing.
    """
    held = (
        Membership.objects.select_for_update(no_key=True)
        .filter(project=project, user=person, role=Role.LABELER)
        .first()
    )
    if held is None:
        raise Missing("This person is no labeler here.")
    before = _work_of(held)
    if "languages" in changes:
        held.languages = sorted(set(changes["languages"]))
        _check_languages(held.languages)
    if "daily_cap" in changes:
        held.daily_cap = changes["daily_cap"]
    if "groups" in changes:
        _set_groups(held, changes["groups"])
    after = _work_of(held)
    if after != before:
        held.save(update_fields=["languages", "daily_cap"])
        record(
            actor=actor,
            action="labeler.changed",
            thing=person,
            project_id=project.pk,
            before={"username": person.username, **before},
            after={"username": person.username, **after},
        )
    return held


def enter_groups(*, person: User, project: Project, groups: Sequence[Group]) -> None:
    """A labeler enters these groups by their own act, and stays in those they are in."""
    held = Membership.objects.get(project=project, user=person, role=Role.LABELER)
    before = _work_of(held)
    GroupMember.objects.bulk_create(
        [GroupMember(group=one, membership=held) for one in groups], ignore_conflicts=True
    )
    after = _work_of(held)
    if after != before:
        record(
            actor=person,
            action="labeler.changed",
            thing=person,
            project_id=project.pk,
            before={"username": person.username, **before},
            after={"username": person.username, **after},
        )


def check_groups(project: Project, groups: Sequence[UUID], field: str) -> list[UUID]:
    """The groups, sorted and each once; raises Invalid for one that is not of this project."""
    wanted = sorted(set(groups))
    known = set(Group.objects.filter(project=project, pk__in=wanted).values_list("pk", flat=True))
    if unknown := [one for one in wanted if one not in known]:
        raise Invalid((field, "unknown", f"There is no group {unknown[0]} here."))
    return wanted


def _set_members(group: Group, people: Sequence[UUID]) -> None:
    wanted = {
        one.user_id: one
        for one in Membership.objects.filter(
            project=group.project_id, role=Role.LABELER, user__in=people
        )
    }
    if strangers := [one for one in people if one not in wanted]:
        raise Invalid(("members", "no_labeler", f"{strangers[0]} is no labeler of this project."))
    memberships = list(wanted.values())
    GroupMember.objects.filter(group=group).exclude(membership__in=memberships).delete()
    GroupMember.objects.bulk_create(
        [GroupMember(group=group, membership=one) for one in memberships], ignore_conflicts=True
    )


def _set_groups(held: Membership, groups: Sequence[UUID]) -> None:
    wanted = check_groups(held.project, groups, "groups")
    GroupMember.objects.filter(membership=held).exclude(group__in=wanted).delete()
    GroupMember.objects.bulk_create(
        [GroupMember(group_id=one, membership=held) for one in wanted], ignore_conflicts=True
    )


def _check_languages(languages: Sequence[str]) -> None:
    for one in languages:
        if not LANGUAGE_TAG.fullmatch(one):
            raise Invalid(
                ("languages", "language_tag", f"{one!r} is no language tag, as en or zh-Hans.")
            )


def _check_name(project: Project, name: str) -> None:
    if Group.objects.filter(project=project, name=name).exists():
        raise NameTaken(f"There is a group {name!r} already.")


def _told(group: Group) -> dict[str, Any]:
    people = group.members.order_by("membership__user_id")
    return {
        "name": group.name,
        "description": group.description,
        "members": [str(one) for one in people.values_list("membership__user_id", flat=True)],
    }


def _work_of(held: Membership) -> dict[str, Any]:
    groups = GroupMember.objects.filter(membership=held).order_by("group__name")
    return {
        "languages": held.languages,
        "daily_cap": held.daily_cap,
        "groups": list(groups.values_list("group__name", flat=True)),
    }
