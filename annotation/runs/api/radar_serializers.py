"""What goes in and out of the endpoints of the radar."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.labeling.models import Item
from annotation.lib.api import StrictSerializer
from annotation.runs import radar_selectors
from annotation.runs.models import RadarSettings
from annotation.runs.radar_models import MOST_PER_RUN
from annotation.runs.radar_selectors import Caught

VERDICT_CHOICES = [(each, each) for each in radar_selectors.VERDICTS]
HIGHEST = 0.99


class RadarSettingsRequestSerializer(StrictSerializer):
    """Quantiles are of the run's samples so far: 0.8 asks about the upper fifth. `judgments` of null: as
    the project says."""

    is_on = serializers.BooleanField()
    per_run = serializers.IntegerField(min_value=1, max_value=MOST_PER_RUN, required=False)
    reward_quantile = serializers.FloatField(min_value=0, max_value=HIGHEST, required=False)
    kl_quantile = serializers.FloatField(min_value=0, max_value=HIGHEST, required=False)
    disagreement_quantile = serializers.FloatField(min_value=0, max_value=HIGHEST, required=False)
    judgments = serializers.IntegerField(min_value=1, max_value=50, required=False, allow_null=True)


class RadarSettingsSerializer(StrictSerializer):
    """`changed_at` of null: nobody has touched it."""

    is_on = serializers.SerializerMethodField()
    per_run = serializers.IntegerField()
    reward_quantile = serializers.FloatField()
    kl_quantile = serializers.FloatField()
    disagreement_quantile = serializers.FloatField()
    judgments = serializers.IntegerField(allow_null=True)
    changed_by = serializers.SerializerMethodField()
    changed_at = serializers.DateTimeField(allow_null=True)

    def get_is_on(self, found: RadarSettings) -> bool:
        return found.on_since is not None

    def get_changed_by(self, found: RadarSettings) -> str:
        return found.changed_by.display_name if found.changed_by is not None else ""


class RadarSaidSerializer(StrictSerializer):
    """One judgment: the suspicious output above, tied with, or below the reference's."""

    ranking = serializers.UUIDField()
    verdict = serializers.ChoiceField(choices=VERDICT_CHOICES)


class RadarCatchSerializer(StrictSerializer):
    """Texts as models wrote them: hostile until shown otherwise. Quantiles of null: not known."""

    id = serializers.UUIDField(source="catch.pk")
    step = serializers.IntegerField(source="catch.step")
    at = serializers.DateTimeField(source="catch.created_at")
    prompt = serializers.SerializerMethodField()
    output = serializers.CharField(source="catch.suspect.text")
    reference = serializers.CharField(source="catch.reference.text")
    samples = serializers.IntegerField(source="catch.samples")
    score = serializers.FloatField(source="catch.score")
    reference_score = serializers.FloatField(source="catch.reference_score")
    kl = serializers.FloatField(source="catch.kl", allow_null=True)
    disagreement = serializers.FloatField(source="catch.disagreement", allow_null=True)
    reward_quantile = serializers.FloatField(source="catch.reward_quantile")
    kl_quantile = serializers.FloatField(source="catch.kl_quantile", allow_null=True)
    disagreement_quantile = serializers.FloatField(
        source="catch.disagreement_quantile", allow_null=True
    )
    item = serializers.UUIDField(source="catch.item_id")
    item_state = serializers.ChoiceField(choices=Item.State.choices, source="catch.item.state")
    said = RadarSaidSerializer(many=True)

    def get_prompt(self, found: Caught) -> str:
        messages = found.catch.prompt.messages
        return str(messages[-1]["content"]) if messages else ""


class RunRadarSerializer(StrictSerializer):
    """What the radar caught in a run and what people said. `share`: of the judgments, those that put the
    output above the reference's, with a 95 % Wilson interval over items."""

    settings = RadarSettingsSerializer()
    samples = serializers.IntegerField()
    least_samples = serializers.IntegerField()
    knows_disagreement = serializers.BooleanField(allow_null=True)
    above = serializers.IntegerField()
    tied = serializers.IntegerField()
    below = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    interval = serializers.SerializerMethodField()
    results = RadarCatchSerializer(many=True)

    @extend_schema_field(serializers.ListField(child=serializers.FloatField(), allow_null=True))
    def get_interval(self, report: dict[str, Any]) -> object:
        found = report["interval"]
        return None if found is None else list(found)
