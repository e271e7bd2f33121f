"""What goes in and out of the endpoints of judging campaigns."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.lib.api import Name, StrictSerializer
from annotation.runs import campaign_selectors
from annotation.runs.api.mix_serializers import ComparedVersionSerializer, MixPartSerializer
from annotation.runs.models import JudgingCampaign

STATE_CHOICES = [(each, each) for each in campaign_selectors.STATES]
DIMENSIONS = ("tag", "language", "length", "group")


class CampaignRequestSerializer(StrictSerializer):
    """Versions to hold against each other on prompts of an evaluation set. `base`: one of them, else the
    first; it has rating 0. `prompts`: at most so many; `judgments`: per prompt."""

    name = Name(max_length=120)
    versions = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=9)
    base = serializers.UUIDField(required=False, allow_null=True)
    with_reference = serializers.BooleanField(required=False)
    prompt_set = serializers.UUIDField()
    plan = serializers.UUIDField()
    prompts = serializers.IntegerField(min_value=1, max_value=20_000, required=False)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=50, required=False
    )
    languages = serializers.ListField(
        child=serializers.CharField(max_length=20), max_length=50, required=False
    )
    judgments = serializers.IntegerField(min_value=1, max_value=50, required=False)
    is_for_training = serializers.BooleanField(required=False)
    comes_first = serializers.BooleanField(required=False)
    seed = serializers.IntegerField(min_value=0, max_value=2**53 - 1, required=False)


class CampaignSerializer(StrictSerializer):
    """`judgments` of `wanted` are in; `open` items still want some."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.SerializerMethodField()
    draw = serializers.UUIDField(source="draw_id")
    prompt_set = serializers.UUIDField(source="draw.prompt_set_id")
    prompt_set_name = serializers.CharField(source="draw.prompt_set.__str__")
    versions = serializers.SerializerMethodField()
    base = serializers.UUIDField(source="base_id")
    with_reference = serializers.BooleanField()
    is_for_training = serializers.BooleanField()
    comes_first = serializers.BooleanField()
    tags = serializers.ListField(child=serializers.CharField(), source="conditions.tags")
    languages = serializers.ListField(child=serializers.CharField(), source="conditions.languages")
    prompts = serializers.IntegerField(source="prompt_count")
    items = serializers.IntegerField(source="item_count")
    open = serializers.IntegerField(source="open_count")
    per_item = serializers.IntegerField(source="draw.needed")
    judgments = serializers.IntegerField(source="counted")
    wanted = serializers.SerializerMethodField()
    parts = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=STATE_CHOICES))
    def get_state(self, campaign: JudgingCampaign) -> str:
        return campaign_selectors.state_of(campaign)

    @extend_schema_field(ComparedVersionSerializer(many=True))
    def get_versions(self, campaign: JudgingCampaign) -> object:
        return ComparedVersionSerializer(campaign_selectors.versions_of(campaign), many=True).data

    def get_wanted(self, campaign: Any) -> int:
        return int(campaign.item_count * campaign.draw.needed)

    @extend_schema_field(MixPartSerializer(many=True))
    def get_parts(self, campaign: JudgingCampaign) -> object:
        parts = sorted(campaign.draw.parts.all(), key=lambda part: part.pk)
        return MixPartSerializer(parts, many=True).data


def _ends(**more: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2, **more)


class WinsSerializer(StrictSerializer):
    """`rate`: share of wins, a tie half. `interval`: 95 %, prompts as clusters, for one look."""

    judgments = serializers.IntegerField()
    prompts = serializers.IntegerField()
    wins = serializers.IntegerField()
    ties = serializers.IntegerField()
    losses = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    interval = _ends(allow_null=True)


class ContestantSerializer(StrictSerializer):
    """A version, or the reference (null); its rating in points against the base."""

    version = ComparedVersionSerializer(allow_null=True)
    answers = serializers.IntegerField()
    length = serializers.FloatField(allow_null=True)
    rating = serializers.FloatField(allow_null=True)
    interval = _ends(allow_null=True)


class CampaignPairSerializer(WinsSerializer):
    """How contestant `one` fares against `other` (by place in `contestants`). `always`: an interval that
    holds however often one looks; `left`: judgments still needed to tell the rate `tell` from one half;
    `same`: prompts that both answer with the same text, which nobody judges."""

    one = serializers.IntegerField()
    other = serializers.IntegerField()
    same = serializers.IntegerField()
    left = serializers.IntegerField()
    always = _ends()


class CampaignSliceSerializer(WinsSerializer):
    """How a contestant fares against the base in a part of the judgments."""

    dimension = serializers.ChoiceField(choices=[(each, each) for each in DIMENSIONS])
    name = serializers.CharField()
    contestant = serializers.IntegerField()


class AxisContestantSerializer(WinsSerializer):
    """Grades of a contestant on one axis; `rate`: how often graded above the base in one judgment."""

    contestant = serializers.IntegerField()
    grades = serializers.IntegerField()
    mean = serializers.FloatField()
    mean_interval = _ends()


class CampaignAxisSerializer(StrictSerializer):
    axis = serializers.CharField()
    contestants = AxisContestantSerializer(many=True)


class LeaningSerializer(StrictSerializer):
    """How often it won the judgments without ties; one half where it does not matter."""

    judgments = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    interval = _ends(allow_null=True)


class AutomaticFiguresSerializer(StrictSerializer):
    """What an evaluation run found of a version."""

    version = ComparedVersionSerializer()
    run = serializers.UUIDField()
    number = serializers.IntegerField()
    same_prompts = serializers.BooleanField()
    reward_version = ComparedVersionSerializer(allow_null=True)
    reward = serializers.FloatField(allow_null=True)
    reward_interval = _ends(allow_null=True)
    perplexity = serializers.FloatField(allow_null=True)
    bleu = serializers.FloatField(allow_null=True)
    rouge_l = serializers.FloatField(allow_null=True)


class CampaignReportSerializer(StrictSerializer):
    """What the judgments say as they stand now. `intervals`: how many are shown."""

    contestants = ContestantSerializer(many=True)
    base = serializers.IntegerField()
    tie = serializers.FloatField()
    tell = serializers.FloatField()
    pairs = CampaignPairSerializer(many=True)
    axes = CampaignAxisSerializer(many=True)
    slices = CampaignSliceSerializer(many=True)
    earlier = LeaningSerializer()
    longer = LeaningSerializer()
    intervals = serializers.IntegerField()
    metrics = AutomaticFiguresSerializer(many=True)
