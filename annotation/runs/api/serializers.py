"""How runs and snapshots look from outside, and what may be asked for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers

from annotation.celery import CLASSES
from annotation.lib.api import Name, StrictSerializer, Told
from annotation.runs import launching
from annotation.runs.behind import judgments_behind
from annotation.runs.models import Run

JUDGMENTS = "judgments"  # in the context of many runs: what is behind each
STARTABLE = tuple(
    (kind, kind)
    for kind in (
        "export",
        "sample",
        "sft",
        "reward",
        "ppo",
        "rloo",
        "grpo",
        "dpo",
        "evaluate",
        "pick",
        "best_of_n",
    )
)


class RunRequesterSerializer(StrictSerializer):
    id = serializers.UUIDField()
    username = serializers.CharField()
    display_name = serializers.CharField()


class RunAlarmSerializer(StrictSerializer):
    """Something that was seen in a run; `stops`: it ended over it. The figures are named by the code."""

    code = serializers.CharField()
    stops = serializers.BooleanField()
    since = serializers.IntegerField(allow_null=True)
    step = serializers.IntegerField(allow_null=True, help_text="at which its figures were seen")
    until = serializers.IntegerField(
        allow_null=True,
        default=None,
        help_text="the last step at which it was seen, where it is over; null while it goes on",
    )
    figures = serializers.DictField(allow_null=True)
    message = Told(allow_null=True)


class RunLaunchSerializer(StrictSerializer):
    """The accelerate configuration that a run is started with."""

    name = serializers.CharField()
    distributed_type = serializers.ChoiceField(choices=list(launching.TYPES))
    processes = serializers.IntegerField()
    machines = serializers.IntegerField()
    mixed_precision = serializers.CharField()
    sha256 = serializers.CharField()


class RunLeftOutSerializer(StrictSerializer):
    """Rows that a trainer does not use at all, or in part; `is_much`: more than a tenth not at all."""

    rows = serializers.CharField()
    left_out = serializers.IntegerField()
    used_in_part = serializers.IntegerField()
    of = serializers.IntegerField()
    is_much = serializers.BooleanField()


class RunListSerializer(serializers.ListSerializer[Any]):
    """Looks up the judgments behind all runs of a page at once."""

    def to_representation(self, data: Any) -> list[Any]:
        runs = list(data)
        self._context = {**self.context, JUDGMENTS: judgments_behind(runs)}
        return super().to_representation(runs)


class RunSerializer(StrictSerializer):
    id = serializers.UUIDField()
    project_id = serializers.UUIDField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Run.Kind.choices)
    name = serializers.CharField()
    note = serializers.CharField()
    status = serializers.ChoiceField(choices=Run.Status.choices)
    config = serializers.DictField()
    phase = serializers.CharField()
    progress_done = serializers.IntegerField()
    progress_total = serializers.IntegerField(allow_null=True)
    tries = serializers.IntegerField()
    priority = serializers.IntegerField()
    needs = serializers.ChoiceField(choices=[*CLASSES, ""])
    launch = RunLaunchSerializer(allow_null=True, source="launch_or_none")
    alarms = RunAlarmSerializer(many=True)
    provenance = serializers.DictField()
    error_code = serializers.CharField()
    error_message = Told()
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
    output_version = serializers.UUIDField(source="output_version_id", allow_null=True)
    output_snapshot = serializers.UUIDField(source="output_snapshot_id", allow_null=True)
    report = serializers.DictField()
    left_out = RunLeftOutSerializer(allow_null=True, source="left_out_or_none")
    waits_for = serializers.UUIDField(source="waits_for_id", allow_null=True)
    cancel_requested = serializers.SerializerMethodField()
    judgments_in = serializers.SerializerMethodField()

    class Meta:
        list_serializer_class = RunListSerializer

    def get_judgments_in(self, run: Run) -> list[UUID]:
        """The snapshots with the judgments behind the run: its own, or those of its reward models."""
        found: dict[UUID, list[UUID]] = self.context.get(JUDGMENTS) or judgments_behind([run])
        return found[run.pk]

    def get_cancel_requested(self, run: Run) -> bool:
        return run.cancel_requested_at is not None


class MakeItemsSerializer(StrictSerializer):
    """Make items for labelers from the completions; what is left out comes from the project."""

    k = serializers.IntegerField(required=False, min_value=2, max_value=9)
    needed = serializers.IntegerField(required=False, min_value=1, max_value=50)


class RunRequestSerializer(StrictSerializer):
    """What to run, on what. Inputs left out are pinned to the predecessor's output or the promoted
    version."""

    kind = serializers.ChoiceField(choices=STARTABLE)
    config = serializers.DictField(required=False)
    snapshot = serializers.UUIDField(required=False, allow_null=True)
    policy_version = serializers.UUIDField(required=False, allow_null=True)
    reward_version = serializers.UUIDField(required=False, allow_null=True)
    prompt_set = serializers.UUIDField(required=False, allow_null=True)
    plan = serializers.UUIDField(required=False, allow_null=True)
    waits_for = serializers.UUIDField(required=False, allow_null=True)
    make_items = MakeItemsSerializer(required=False, allow_null=True)
    priority = serializers.IntegerField(required=False, min_value=-2, max_value=2)
    launch = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="an accelerate configuration"
    )
    needs = serializers.ChoiceField(
        choices=CLASSES, required=False, allow_blank=True, help_text="class of worker; empty: any"
    )
    name = Name(required=False, allow_blank=True, max_length=80)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class RunChangeSerializer(StrictSerializer):
    """What people call a run, and what they have to say about it. It runs as it would without."""

    name = Name(required=False, allow_blank=True, max_length=80)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class LaunchOptionSerializer(StrictSerializer):
    """A configuration that the deployment offers; `problem`: why it cannot be used."""

    name = serializers.CharField()
    problem = Told()
    distributed_type = serializers.CharField()
    processes = serializers.IntegerField(allow_null=True)
    machines = serializers.IntegerField(allow_null=True)
    mixed_precision = serializers.CharField()
    needs = serializers.ChoiceField(choices=[*CLASSES, ""])


class WorkersOfClassSerializer(StrictSerializer):
    """How many workers there are for training; null where the broker does not answer."""

    cpu = serializers.IntegerField()
    gpu = serializers.IntegerField()


class RunPlacesSerializer(StrictSerializer):
    """Where runs may go."""

    launches = LaunchOptionSerializer(many=True)
    kinds = serializers.ListField(child=serializers.CharField())
    workers = WorkersOfClassSerializer(allow_null=True)


class RunMetricSerializer(StrictSerializer):
    id = serializers.IntegerField()
    step = serializers.IntegerField()
    name = serializers.CharField()
    value = serializers.FloatField()
    at = serializers.DateTimeField(allow_null=True)


class RunMetricsSerializer(StrictSerializer):
    """Up to 5,000 figures after a cursor; `last` is the next cursor."""

    results = RunMetricSerializer(many=True)
    last = serializers.IntegerField()


class RunEventPayload(serializers.DictField):
    """What an event tells; its words in the language of whoever reads it."""

    WORDS = ("message", "note")

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        told = {name: Told().to_representation(value[name]) for name in self.WORDS if name in value}
        return {**super().to_representation(value), **told}


class RunEventSerializer(StrictSerializer):
    id = serializers.IntegerField()
    type = serializers.CharField()
    at = serializers.DateTimeField()
    payload = RunEventPayload()


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
