"""Reads of the registry."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from annotation.accounts.models import AuditEvent
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


def formerly_promoted(*, project_id: UUID, kind: str) -> list[ModelVersion]:
    """Versions that were promoted once and are neither promoted nor retired, latest demoted first."""
    candidates = ModelVersion.objects.filter(
        project_id=project_id, kind=kind, status=ModelVersion.Status.CANDIDATE
    )
    by_id = {str(version.pk): version for version in candidates}
    demoted = AuditEvent.objects.filter(
        object_type="ModelVersion", object_id__in=by_id, action="version.demoted"
    )
    order = dict.fromkeys(demoted.order_by("-id").values_list("object_id", flat=True))
    return [by_id[object_id] for object_id in order]


def first_base(*, project_id: UUID) -> ModelVersion | None:
    """The first policy of stage base that is in use."""
    bases = ModelVersion.objects.filter(
        project_id=project_id, kind=ModelVersion.Kind.POLICY, stage=ModelVersion.Stage.BASE
    )
    return bases.exclude(status=ModelVersion.Status.RETIRED).order_by("number").first()
