"""Reads around projects: whose they are, who works in them, what happened."""

from collections.abc import Iterable
from functools import cache
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Prefetch, QuerySet

from annotation.accounts.models import User
from annotation.lib.statements import built, columns_of, fetch_all
from annotation.projects.models import GuidelineVersion, Membership, Project

Standing = tuple[Project, frozenset[str], bool]
"""The project, the roles held in it, and whether they are at rest."""


def projects_of(user: User) -> QuerySet[Project]:
    """The projects that the person belongs to, by name."""
    return Project.objects.filter(memberships__user=user).distinct().order_by("name")


def memberships_of(user: User) -> list[tuple[Project, list[str], bool]]:
    """Every project of the person with the roles held there and whether they rest, by name."""
    held: dict[UUID, tuple[Project, list[str], bool]] = {}
    rows = (
        Membership.objects.filter(user=user)
        .select_related("project")
        .order_by("project__name", "role")
    )
    for row in rows:
        at_rest = row.suspended_at is not None
        held.setdefault(row.project_id, (row.project, [], at_rest))[1].append(row.role)
    return list(held.values())


def held_by(user: User) -> frozenset[str]:
    """Every role of the person in whichever project, and `staff`."""
    held = Membership.objects.filter(user=user).values_list("role", flat=True).distinct()
    return frozenset(held) | ({"staff"} if user.is_staff else frozenset())


def members_of(project: Project) -> QuerySet[User]:
    """The people of the project; each has `held`, the memberships in this project, and `factors`."""
    held = Membership.objects.filter(project=project).order_by("role")
    factors = Authenticator.objects.filter(type=Authenticator.Type.TOTP)
    return User.objects.filter(
        id__in=Membership.objects.filter(project=project).values("user_id")
    ).prefetch_related(
        Prefetch("memberships", queryset=held, to_attr="held"),
        Prefetch("authenticator_set", queryset=factors, to_attr="factors"),
    )


def role_names(memberships: Iterable[Membership]) -> list[str]:
    """The roles as a sorted list."""
    return sorted(membership.role for membership in memberships)


def guidelines_of(project: Project) -> QuerySet[GuidelineVersion]:
    """All versions of the instructions."""
    return GuidelineVersion.objects.filter(project=project).select_related("created_by")


def latest_guidelines(project: Project) -> GuidelineVersion | None:
    """The instructions that hold now."""
    return guidelines_of(project).order_by("-number").first()


def last_read_guidelines(user: User, project: Project) -> GuidelineVersion | None:
    """The newest version of the instructions that the person said they had read."""
    mine = GuidelineVersion.objects.filter(project=project, readings__user=user)
    return mine.order_by("-number").first()


@cache
def _standing_query(source: str) -> str:
    return (
        f"SELECT m.role, m.suspended_at IS NOT NULL, {columns_of(Project, 'p')} FROM projects_membership m "
        "JOIN projects_project p ON p.id = m.project_id "
        f"WHERE m.user_id = %s AND m.project_id = {source}"
    )


def standing(user_id: UUID, project_id: UUID) -> Standing | None:
    """The project and the roles the person holds in it; None without any. One prepared read,
    because every request to a project begins with it.
    """
    return _standing(_standing_query("%s"), user_id, project_id)


def standing_at(user_id: UUID, table: str, key: UUID) -> Standing | None:
    """The same for the project of the row `key` of `table`, which has a project_id."""
    source = f"(SELECT project_id FROM {table} WHERE id = %s)"
    return _standing(_standing_query(source), user_id, key)


def _standing(query: str, user_id: UUID, key: UUID) -> Standing | None:
    rows = fetch_all(query, [user_id, key])
    if not rows:
        return None
    return built(Project, rows[0][2:]), frozenset(row[0] for row in rows), bool(rows[0][1])
