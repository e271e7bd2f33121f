"""How logs, samples, the line of waiting runs and estimates look from outside."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.celery import CLASSES
from annotation.lib.api import StrictSerializer
from annotation.runs.api.serializers import STARTABLE, RunSerializer
from annotation.runs.estimates import Estimate
from annotation.runs.hosts import REASONS
from annotation.runs.models import RunEvent


class RunLogSerializer(StrictSerializer):
    """`cut`: there are lines before these, kept by the worker."""

    text = serializers.CharField()
    cut = serializers.BooleanField()
    updated_at = serializers.DateTimeField(allow_null=True)


class RunFileSerializer(StrictSerializer):
    name = serializers.CharField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()


class RunFilesSerializer(StrictSerializer):
    """What a trainer wrote beside its model, as files to download."""

    results = RunFileSerializer(many=True)


class RunSampleSerializer(StrictSerializer):
    """Texts as the policy wrote them: hostile until shown otherwise."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    step = serializers.IntegerField(source="payload.step")
    prompt = serializers.SerializerMethodField()
    before = serializers.SerializerMethodField()
    after = serializers.SerializerMethodField()
    reference_score = serializers.SerializerMethodField()
    score = serializers.SerializerMethodField()
    kl = serializers.SerializerMethodField()
    disagreement = serializers.SerializerMethodField()

    def get_prompt(self, event: RunEvent) -> str:
        return str(event.payload.get("prompt", ""))

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_before(self, event: RunEvent) -> str | None:
        before = event.payload.get("before")
        return None if before is None else str(before)

    def get_after(self, event: RunEvent) -> str:
        return str(event.payload.get("completion", ""))

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_reference_score(self, event: RunEvent) -> float | None:
        return _number(event.payload.get("reference_score"))

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_score(self, event: RunEvent) -> float | None:
        return _number(event.payload.get("score"))

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_kl(self, event: RunEvent) -> float | None:
        """Nats of the whole completion from the reference."""
        return _number(event.payload.get("kl"))

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_disagreement(self, event: RunEvent) -> float | None:
        """Spread of the reward models' scores; null where there is one."""
        return _number(event.payload.get("disagreement"))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


class RunSamplesSerializer(StrictSerializer):
    """Up to 200 samples after a cursor; `last` is the next cursor."""

    results = RunSampleSerializer(many=True)
    last = serializers.IntegerField()


class RunPrioritySerializer(StrictSerializer):
    """-2: last of the project's runs … 2: first."""

    priority = serializers.IntegerField(min_value=-2, max_value=2)


class WaitingRunSerializer(StrictSerializer):
    """`waits_because`: others go first (turn), nobody works on its queue, or nobody of its class, or not
    as many as it needs hosts; it has a worker and waits for its other hosts (gather), or for its next try
    (pause). `workers`: how many may take part; null where the broker does not answer. `place`: null where
    the run stands in no line."""

    place = serializers.IntegerField(allow_null=True)
    run = RunSerializer()
    waits_because = serializers.ChoiceField(choices=REASONS)
    workers = serializers.IntegerField(allow_null=True)


class RunQueueSerializer(StrictSerializer):
    results = WaitingRunSerializer(many=True)


class RunEstimateRequestSerializer(StrictSerializer):
    """A run as it would be started."""

    kind = serializers.ChoiceField(choices=STARTABLE)
    config = serializers.DictField(required=False)
    snapshot = serializers.UUIDField(required=False, allow_null=True)
    policy_version = serializers.UUIDField(required=False, allow_null=True)
    reward_version = serializers.UUIDField(required=False, allow_null=True)
    prompt_set = serializers.UUIDField(required=False, allow_null=True)
    plan = serializers.UUIDField(required=False, allow_null=True)
    launch = serializers.CharField(required=False, allow_blank=True, max_length=200)
    needs = serializers.ChoiceField(choices=CLASSES, required=False, allow_blank=True)


class RunMemorySerializer(StrictSerializer):
    bytes = serializers.IntegerField()
    on_gpu = serializers.BooleanField()
    told_by = serializers.ChoiceField(choices=["workers", "past_run"])


class RunEstimateSerializer(StrictSerializer):
    """`parts`: bytes by part. `seconds`: least, about, most, by the runs named in `past_runs`."""

    total = serializers.IntegerField(allow_null=True)
    parts = serializers.DictField(child=serializers.IntegerField())
    certain = serializers.IntegerField()
    machine = RunMemorySerializer(allow_null=True)
    verdict = serializers.ChoiceField(choices=["fits", "tight", "impossible", "unknown"])
    seconds = serializers.SerializerMethodField()
    past_runs = serializers.ListField(child=serializers.IntegerField())

    @extend_schema_field(serializers.ListField(child=serializers.FloatField(), allow_null=True))
    def get_seconds(self, found: Estimate) -> list[float] | None:
        return None if found.seconds is None else list(found.seconds)
