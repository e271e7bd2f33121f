"""How versions of the guidelines are used."""

from typing import Any

from django.db.models import Count, Q

from annotation.accounts.models import User
from annotation.labeling.models import Demonstration, Ranking
from annotation.projects.figures import counter, figures
from annotation.projects.models import GuidelineReading, GuidelineVersion, Membership, Project, Role


@counter
def judgments_by_guideline(project: Project) -> dict[str, int]:
    """How many judgments that count were made under each version."""
    counts: dict[str, int] = {}
    for kind in (Ranking, Demonstration):
        alone = Q() if kind is Ranking else Q(ranking=None)
        rows = kind._default_manager.filter(alone, project=project, state="counted")
        for row in rows.values("guideline_version_id").annotate(n=Count("id")).order_by():
            key = str(row["guideline_version_id"])
            counts[key] = counts.get(key, 0) + row["n"]
    return counts


def use_of(project: Project) -> dict[str, Any]:
    """Per version, newest first: its readers among the labelers, and the judgments that count."""
    labelers = Membership.objects.filter(
        project=project, role=Role.LABELER, user__is_pseudonymous=False
    ).select_related("user")
    names = {held.user_id: _name(held.user) for held in labelers}
    counts, _ = figures(project, judgments_by_guideline)
    readers: dict[Any, list[dict[str, Any]]] = {}
    found = GuidelineReading.objects.filter(version__project=project, user__in=list(names))
    for one in found.order_by("created_at"):
        entry = {"id": one.user_id, "name": names[one.user_id], "read_at": one.created_at}
        readers.setdefault(one.version_id, []).append(entry)
    versions = GuidelineVersion.objects.filter(project=project).order_by("-number")
    return {
        "labelers": sorted(names.values()),
        "versions": [
            {
                "number": version.number,
                "judgments": counts.get(str(version.pk), 0),
                "readers": readers.get(version.pk, []),
            }
            for version in versions
        ],
    }


def _name(user: User) -> str:
    return user.display_name or user.username
