"""How runs, snapshots, schedules and rounds look from outside, and what may be asked for."""

from __future__ import annotations

from rest_framework import serializers

from annotation.lib.api import StrictSerializer
from annotation.runs.models import Run, Schedule

STARTABLE = ("export", "sample", "sft", "reward", "ppo", "rloo", "grpo", "dpo", "evaluate")


class RunRequesterSerializer(StrictSerializer):
    id = serializers.UUIDField()
    username = serializers.CharField()
    display_name = serializers.CharField()


class RunSerializer(StrictSerializer):
    id = serializers.UUIDField()
    project_id = serializers.UUIDField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Run.Kind.choices)
    status = serializers.ChoiceField(choices=Run.Status.choices)
    config = serializers.DictField()
    phase = serializers.CharField()
    progress_done = serializers.IntegerField()
    progress_total = serializers.IntegerField(allow_null=True)
    tries = serializers.IntegerField()
    error_code = serializers.CharField()
    error_message = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    next_try_at = serializers.DateTimeField()
    requested_by = RunRequesterSerializer(allow_null=True)
    snapshot = serializers.UUIDField(source="snapshot_id", allow_null=True)
    policy_version = serializers.UUIDField(source="policy_version_id", allow_null=True)
    reward_version = serializers.UUIDField(source="reward_version_id", allow_null=True)
    prompt_set = serializers.UUIDField(source="prompt_set_id", allow_null=True)
    plan = serializers.UUIDField(source="plan_id", allow_null=True)
    schedule = serializers.UUIDField(source="schedule_id", allow_null=True)
    output_version = serializers.UUIDField(source="output_version_id", allow_null=True)
    output_snapshot = serializers.UUIDField(source="output_snapshot_id", allow_null=True)
    report = serializers.DictField()
    waits_for = serializers.UUIDField(source="waits_for_id", allow_null=True)
    cancel_requested = serializers.SerializerMethodField()

    def get_cancel_requested(self, run: Run) -> bool:
        return run.cancel_requested_at is not None


class MakeItemsSerializer(StrictSerializer):
    """Make items for labelers from the completions; what is left out comes from the project."""

    k = serializers.IntegerField(required=False, min_value=2, max_value=9)
    needed = serializers.IntegerField(required=False, min_value=1, max_value=50)


class RunRequestSerializer(StrictSerializer):
    """What to run, on what. Inputs left out are pinned to the predecessor's output or the promoted
    version."""

    kind = serializers.ChoiceField(choices=[(k, k) for k in STARTABLE])
    config = serializers.DictField(required=False)
    snapshot = serializers.UUIDField(required=False, allow_null=True)
    policy_version = serializers.UUIDField(required=False, allow_null=True)
    reward_version = serializers.UUIDField(required=False, allow_null=True)
    prompt_set = serializers.UUIDField(required=False, allow_null=True)
    plan = serializers.UUIDField(required=False, allow_null=True)
    waits_for = serializers.UUIDField(required=False, allow_null=True)
    make_items = MakeItemsSerializer(required=False, allow_null=True)


class RunMetricSerializer(StrictSerializer):
    id = serializers.IntegerField()
    step = serializers.IntegerField()
    name = serializers.CharField()
    value = serializers.FloatField()


class RunMetricsSerializer(StrictSerializer):
    """Up to 5,000 figures after a cursor; `last` is the next cursor."""

    results = RunMetricSerializer(many=True)
    last = serializers.IntegerField()


class RunEventSerializer(StrictSerializer):
    id = serializers.IntegerField()
    type = serializers.CharField()
    at = serializers.DateTimeField()
    payload = serializers.DictField()


class RunEventsSerializer(StrictSerializer):
    """Up to 5,000 events after a cursor; `last` is the next cursor."""

    results = RunEventSerializer(many=True)
    last = serializers.IntegerField()


class RunIssueSerializer(StrictSerializer):
    line = serializers.IntegerField()
    field = serializers.CharField()
    rule = serializers.CharField()
    message = serializers.CharField()


class SnapshotSerializer(StrictSerializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    query = serializers.DictField()
    cut_off = serializers.DateTimeField()
    counts = serializers.DictField()
    sha256 = serializers.CharField()
    artifact_digest = serializers.CharField(source="artifact_id")
    created_at = serializers.DateTimeField()


class ScheduleSerializer(StrictSerializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    trigger = serializers.ChoiceField(choices=Schedule.Trigger.choices)
    every = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    reward_config = serializers.DictField()
    ppo_config = serializers.DictField()
    prompt_set = serializers.UUIDField(source="prompt_set_id", allow_null=True)
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    last_fired_at = serializers.DateTimeField(allow_null=True)


class ScheduleRequestSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    trigger = serializers.ChoiceField(choices=Schedule.Trigger.choices)
    every = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    reward_config = serializers.DictField(required=False)
    ppo_config = serializers.DictField(required=False)
    prompt_set = serializers.UUIDField()


class ScheduleChangeSerializer(StrictSerializer):
    is_active = serializers.BooleanField()


class RoundSerializer(StrictSerializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    policy_version = serializers.UUIDField(source="policy_version_id")
    sample_run = serializers.UUIDField(source="sample_run_id", allow_null=True)
    snapshot_run = serializers.UUIDField(source="snapshot_run_id", allow_null=True)
    sft_run = serializers.UUIDField(source="sft_run_id", allow_null=True)
    reward_run = serializers.UUIDField(source="reward_run_id", allow_null=True)
    ppo_run = serializers.UUIDField(source="ppo_run_id", allow_null=True)
    evaluate_run = serializers.UUIDField(source="evaluate_run_id", allow_null=True)
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class RoundRequestSerializer(StrictSerializer):
    policy_version = serializers.UUIDField()


class RoundRunsSerializer(StrictSerializer):
    """Which runs stand in which place; null empties a place."""

    sample_run = serializers.UUIDField(required=False, allow_null=True)
    snapshot_run = serializers.UUIDField(required=False, allow_null=True)
    sft_run = serializers.UUIDField(required=False, allow_null=True)
    reward_run = serializers.UUIDField(required=False, allow_null=True)
    ppo_run = serializers.UUIDField(required=False, allow_null=True)
    evaluate_run = serializers.UUIDField(required=False, allow_null=True)
