"""Reads of the registry."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from annotation.lib.errors import Missing
from annotation.registry.models import ModelVersion


def versions(*, project_id: UUID, kind: str = "") -> QuerySet[ModelVersion]:
    """A project's versions, newest first, with what a list shows."""
    found = ModelVersion.objects.filter(project_id=project_id)
    if kind:
        found = found.filter(kind=kind)
    return found.select_related("artifact", "made_by").order_by("-id")


def version(version_id: UUID) -> ModelVersion:
    """One version. Raises Missing."""
    found = (
        ModelVersion.objects.select_related("artifact", "made_by", "project")
        .filter(id=version_id)
        .first()
    )
    if found is None:
        raise Missing
    return found


def promoted(*, project_id: UUID, kind: str) -> ModelVersion | None:
    """The version that the project uses."""
    return ModelVersion.objects.filter(
        project_id=project_id, kind=kind, status=ModelVersion.Status.PROMOTED
    ).first()
