"""Reads around projects: whose they are, who works in them, what happened."""

from collections.abc import Iterable
from functools import cache
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from annotation.accounts.models import User
from annotation.lib.statements import built, columns_of, fetch_all
from annotation.projects.models import GuidelineVersion, Membership, Project

Standing = tuple[Project, frozenset[str]]


def projects_of(user: User) -> QuerySet[Project]:
    """The projects that the person belongs to, by name."""
    return Project.objects.filter(memberships__user=user).distinct().order_by("name")


def memberships_of(user: User) -> list[tuple[Project, list[str]]]:
    """Every project of the person with the roles held there, by project name."""
    held: dict[UUID, tuple[Project, list[str]]] = {}
    rows = (
        Membership.objects.filter(user=user)
        .select_related("project")
        .order_by("project__name", "role")
    )
    for row in rows:
        held.setdefault(row.project_id, (row.project, []))[1].append(row.role)
    return list(held.values())


def members_of(project: Project) -> QuerySet[User]:
    """The people of the project; each has `held`, the memberships in this project."""
    held = Membership.objects.filter(project=project).order_by("role")
    return User.objects.filter(
        id__in=Membership.objects.filter(project=project).values("user_id")
    ).prefetch_related(Prefetch("memberships", queryset=held, to_attr="held"))


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
        f"SELECT m.role, {columns_of(Project, 'p')} FROM projects_membership m "
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
    return built(Project, rows[0][1:]), frozenset(row[0] for row in rows)
