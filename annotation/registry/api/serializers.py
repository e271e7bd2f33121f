"""How versions look from outside."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.lib.api import StrictSerializer
from annotation.registry.models import ModelVersion


class MadeByRunSerializer(StrictSerializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    kind = serializers.CharField()


class ServedBySerializer(StrictSerializer):
    """Who runs a served policy. `said`: what the server told of the model when it was registered."""

    server = serializers.CharField()
    model = serializers.CharField()
    said = serializers.DictField()


class VersionSerializer(StrictSerializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=ModelVersion.Kind.choices)
    number = serializers.IntegerField()
    name = serializers.CharField()
    stage = serializers.ChoiceField(choices=ModelVersion.Stage.choices)
    status = serializers.ChoiceField(choices=ModelVersion.Status.choices)
    parent_id = serializers.UUIDField(allow_null=True)
    artifact_digest = serializers.CharField(source="artifact_id")
    bytes = serializers.IntegerField(source="artifact.bytes")
    served = ServedBySerializer(allow_null=True, help_text="null: its weights are here")
    metrics = serializers.DictField()
    score_shift = serializers.FloatField()
    score_scale = serializers.FloatField()
    created_at = serializers.DateTimeField()
    made_by_run = serializers.SerializerMethodField()

    @extend_schema_field(MadeByRunSerializer(allow_null=True))
    def get_made_by_run(self, version: ModelVersion) -> dict[str, Any] | None:
        run = getattr(version, "made_by", None)
        return None if run is None else dict(MadeByRunSerializer(run).data)
