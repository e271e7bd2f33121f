"""What goes in and out of the endpoints of sampling mixes."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.lib.api import Name, StrictSerializer, Told
from annotation.runs import mix_selectors
from annotation.runs.mix_models import LARGEST_SHARE
from annotation.runs.models import MixDraw, MixPart, MixRow, Run, SamplingMix

DRAW_STATES = ("sampling", "stopped", "making", "done")


class MixRowSerializer(StrictSerializer):
    policy = serializers.ChoiceField(choices=MixRow.Policy.choices)
    policy_version = serializers.UUIDField(source="policy_version_id", allow_null=True)
    plan = serializers.UUIDField(source="plan_id")
    count = serializers.IntegerField()


class SamplingMixSerializer(StrictSerializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    rows = serializers.SerializerMethodField()
    older_percent = serializers.IntegerField()
    seed = serializers.IntegerField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(MixRowSerializer(many=True))
    def get_rows(self, mix: SamplingMix) -> object:
        rows = sorted(mix.rows.all(), key=lambda row: row.position)
        return MixRowSerializer(rows, many=True).data


class MixRowRequestSerializer(StrictSerializer):
    """So many completions of one policy by one plan; `policy_version` where `policy` is version."""

    policy = serializers.ChoiceField(choices=MixRow.Policy.choices)
    policy_version = serializers.UUIDField(required=False, allow_null=True)
    plan = serializers.UUIDField()
    count = serializers.IntegerField(min_value=1, max_value=9)


class SamplingMixRequestSerializer(StrictSerializer):
    """Mixes are immutable; a name that is in use gets the next version."""

    name = Name(max_length=120)
    rows = MixRowRequestSerializer(
        many=True,
        allow_empty=False,
        max_length=9,  # type: ignore[call-arg]  # of its list
    )
    older_percent = serializers.IntegerField(min_value=0, max_value=LARGEST_SHARE, required=False)
    seed = serializers.IntegerField(min_value=0, max_value=2**53 - 1, required=False)


class MixPartSerializer(StrictSerializer):
    """One sampling run of a draw."""

    run = serializers.UUIDField(source="run_id")
    number = serializers.IntegerField(source="run.number")
    status = serializers.ChoiceField(source="run.status", choices=Run.Status.choices)
    error_message = Told(source="run.error_message")
    progress_done = serializers.IntegerField(source="run.progress_done")
    progress_total = serializers.IntegerField(source="run.progress_total", allow_null=True)
    policy = serializers.SerializerMethodField()
    plan = serializers.CharField(source="plan.name")
    count = serializers.IntegerField()
    is_older = serializers.BooleanField()

    def get_policy(self, part: MixPart) -> str:
        return f"{part.policy_version.number} {part.policy_version.name}"


class MixDrawSerializer(StrictSerializer):
    id = serializers.UUIDField()
    mix = serializers.UUIDField(source="mix_id")
    prompt_set = serializers.UUIDField(source="prompt_set_id")
    state = serializers.SerializerMethodField()
    k = serializers.IntegerField()
    needed = serializers.IntegerField()
    missing = serializers.ChoiceField(choices=MixDraw.Missing.choices)
    prompts = serializers.IntegerField(source="prompt_count")
    made = serializers.IntegerField()
    too_few = serializers.IntegerField()
    older = serializers.IntegerField()
    older_lacking = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    parts = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(choices=[(each, each) for each in DRAW_STATES]))
    def get_state(self, draw: MixDraw) -> str:
        return mix_selectors.state_of(draw)

    @extend_schema_field(MixPartSerializer(many=True))
    def get_parts(self, draw: MixDraw) -> object:
        parts = sorted(draw.parts.all(), key=lambda part: part.pk)
        return MixPartSerializer(parts, many=True).data


class MixDrawRequestSerializer(StrictSerializer):
    """Sample by a mix. `limit`: at most so many prompts; `only_new`: leave out what it drew before
    with the same policies."""

    prompt_set = serializers.UUIDField()
    only_new = serializers.BooleanField(required=False)
    limit = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=1_000_000
    )
    missing = serializers.ChoiceField(choices=MixDraw.Missing.choices, required=False)
    needed = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=50)


class WinShareSerializer(StrictSerializer):
    """`wins` of the strict `pairs` in so many `items`; the interval is 95 %, items as clusters."""

    pairs = serializers.IntegerField()
    wins = serializers.IntegerField()
    items = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), allow_null=True)


class ComparedVersionSerializer(StrictSerializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    name = serializers.CharField()


class VersionWinsSerializer(WinShareSerializer):
    """How often the newer version was ranked above the older one."""

    newer = ComparedVersionSerializer()
    older = ComparedVersionSerializer()


class MixComparisonSerializer(StrictSerializer):
    versions = VersionWinsSerializer(many=True)
    new_against_old = WinShareSerializer()
