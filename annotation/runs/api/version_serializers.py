"""How the card of a version, its checks and the lineage look from outside."""

from __future__ import annotations

from rest_framework import serializers

from annotation.lib.api import Name, StrictSerializer
from annotation.registry.api.serializers import VersionSerializer
from annotation.registry.models import ModelVersion
from annotation.runs.api.round_serializers import OverLengthSerializer
from annotation.runs.lineage_graph import KINDS, RELATIONS
from annotation.runs.models import Run
from annotation.runs.promotion_checks import NAMES


class RunNameSerializer(StrictSerializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Run.Kind.choices)
    status = serializers.ChoiceField(choices=Run.Status.choices)


class VersionNameSerializer(StrictSerializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=ModelVersion.Kind.choices)
    number = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=ModelVersion.Status.choices)


class NumberedSerializer(StrictSerializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()


class PlanNameSerializer(StrictSerializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class VersionMarkSerializer(StrictSerializer):
    judgments = serializers.IntegerField()
    at = serializers.DateTimeField(source="created_at")


class VersionFileSerializer(StrictSerializer):
    path = serializers.CharField()
    sha256 = serializers.CharField()
    bytes = serializers.IntegerField(allow_null=True, help_text="null: the file is gone")


class VersionCheckSerializer(StrictSerializer):
    """One condition of coming into use. `low` and `high` are a 95 % interval; bound null: not asked.

    `clusters`: how many prompts or sets of completions an interval rests on; of too few there is none.
    """

    gate = serializers.ChoiceField(choices=[(name, name) for name in NAMES])
    passed = serializers.BooleanField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    bound = serializers.FloatField(allow_null=True)
    clusters = serializers.IntegerField(allow_null=True)
    over_length = OverLengthSerializer(allow_null=True)
    run = RunNameSerializer(allow_null=True)
    prompt_set = serializers.UUIDField(
        allow_null=True, help_text="the only prompts on which an evaluation counts"
    )
    baseline = serializers.UUIDField(
        allow_null=True, help_text="the version in use that an evaluation must hold it against"
    )


class VersionCardSerializer(StrictSerializer):
    """A version with everything around it."""

    version = VersionSerializer()
    parent = VersionNameSerializer(allow_null=True)
    children = VersionNameSerializer(many=True)
    made_by = RunNameSerializer(allow_null=True)
    snapshot = NumberedSerializer(allow_null=True)
    reward_versions = VersionNameSerializer(many=True)
    round = NumberedSerializer(allow_null=True)
    used_by = RunNameSerializer(many=True)
    plans = PlanNameSerializer(many=True)
    marks = VersionMarkSerializer(many=True)
    checks = VersionCheckSerializer(many=True)
    files = VersionFileSerializer(many=True)


class PromotionSerializer(StrictSerializer):
    """Why a version shall come into use though a check does not hold."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class LineageNodeSerializer(StrictSerializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    number = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.CharField()
    created_at = serializers.DateTimeField()
    run = RunNameSerializer(allow_null=True)


class LineageEdgeSerializer(StrictSerializer):
    """`target` came from `source`."""

    source = serializers.UUIDField()  # type: ignore[assignment]
    target = serializers.UUIDField()
    relation = serializers.ChoiceField(choices=[(name, name) for name in RELATIONS])
    run = RunNameSerializer(allow_null=True)


class LineageSerializer(StrictSerializer):
    nodes = LineageNodeSerializer(many=True)
    edges = LineageEdgeSerializer(many=True)
    left_out = serializers.IntegerField(help_text="things older than those shown")


class VersionImportSerializer(StrictSerializer):
    """What an uploaded archive becomes."""

    name = Name(max_length=120)
    kind = serializers.ChoiceField(choices=ModelVersion.Kind.choices)
    plain = serializers.BooleanField(
        default=False, help_text="the model has no chat template and reads prompts as they are"
    )
