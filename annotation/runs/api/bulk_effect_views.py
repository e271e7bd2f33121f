"""What a bulk act would do, before anybody does it; snapshots that hold the judgments included."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.labeling.api.serializers import valid
from annotation.lib.api import StrictSerializer
from annotation.projects.api.access import TiebreakView, roles
from annotation.quality.api.bulk_views import BulkRequest, filter_of
from annotation.quality.review import bulk
from annotation.runs import selectors


class SnapshotConcerned(StrictSerializer):
    """A snapshot that holds some of the judgments. It stays as it is: snapshots never change."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    judgments = serializers.IntegerField(help_text="of those meant, in this snapshot")


class BulkEffect(StrictSerializer):
    """Counts of what would change."""

    judgments = serializers.IntegerField()
    counted = serializers.IntegerField()
    surplus = serializers.IntegerField()
    items = serializers.IntegerField()
    labelers = serializers.IntegerField()
    reopened = serializers.IntegerField(help_text="done items that would want judgments again")
    would_be_surplus = serializers.IntegerField(
        help_text="put back, but not counted: surplus before, or the slot was filled meanwhile"
    )
    would_stay_out = serializers.IntegerField(
        help_text="not put back: their author was deleted with all judgments"
    )
    snapshots = SnapshotConcerned(many=True)


class BulkEffectView(TiebreakView):
    """Count first, then act. Writes nothing."""

    access = {"POST": roles("admin", "reviewer")}

    @extend_schema(operation_id="bulk_effect", request=BulkRequest, responses=BulkEffect)
    def post(self, request: Request, project_id: UUID) -> Response:
        given = valid(BulkRequest, request)
        wanted = filter_of(given)
        found = bulk.targets(self.project, given["act"], wanted)
        counts = bulk.effect(self.project, given["act"], wanted)
        body = {**counts, "snapshots": selectors.snapshots_with(self.project.id, found)}
        return Response(BulkEffect(body).data)
