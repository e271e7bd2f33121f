"""The health of the installation, for those who run projects on it."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.delivery import health
from annotation.lib.api import StrictSerializer
from annotation.projects.api.access import TiebreakView, roles
from annotation.runs.models import Run


class HealthClasses(StrictSerializer):
    cpu = serializers.IntegerField()
    gpu = serializers.IntegerField()


class HealthQueue(StrictSerializer):
    """`oldest_seconds`: how long the oldest run that is due has waited; `oldest_ready_seconds`: of those that
    the workers which are there may take. `hosts_wanted`: of runs that wait for more workers than there are, the
    most that one wants; 0: none waits so."""

    name = serializers.CharField()
    workers = serializers.IntegerField()
    workers_of_class = HealthClasses()
    classes_missing = serializers.ListField(child=serializers.CharField())
    hosts_wanted = serializers.IntegerField()
    runs_due = serializers.IntegerField()
    oldest_seconds = serializers.FloatField(allow_null=True)
    oldest_ready_seconds = serializers.FloatField(allow_null=True)
    messages = serializers.IntegerField(allow_null=True)


class HeldRun(StrictSerializer):
    """A run in the hands of a worker; of other projects only its kind is told."""

    kind = serializers.ChoiceField(choices=Run.Kind.choices)
    id = serializers.UUIDField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)
    phase = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    lease_until = serializers.DateTimeField(allow_null=True)


class HealthWorker(StrictSerializer):
    """`seen_at` is null where a lease is held by a worker that says nothing."""

    name = serializers.CharField()
    queues = serializers.ListField(child=serializers.CharField())
    hardware = serializers.CharField()
    at_once = serializers.IntegerField(allow_null=True)
    version = serializers.CharField()
    started_at = serializers.DateTimeField(allow_null=True)
    seen_at = serializers.DateTimeField(allow_null=True)
    runs = HeldRun(many=True)


class HealthLeases(StrictSerializer):
    runs = serializers.IntegerField()
    runs_overdue = serializers.IntegerField()
    slots = serializers.IntegerField()
    slots_overdue = serializers.IntegerField()


class HealthDisk(StrictSerializer):
    """Bytes."""

    total = serializers.IntegerField()
    free = serializers.IntegerField()
    artifacts = serializers.IntegerField()
    uploads = serializers.IntegerField()


class HealthDatabase(StrictSerializer):
    bytes = serializers.IntegerField()
    latency_ms = serializers.FloatField()
    connections = serializers.IntegerField()
    connections_max = serializers.IntegerField()
    longest_transaction_seconds = serializers.FloatField()


class HealthBacklog(StrictSerializer):
    webhook_messages = serializers.IntegerField()
    webhook_oldest_seconds = serializers.FloatField(allow_null=True)
    prompts_to_index = serializers.IntegerField()
    items_to_review = serializers.IntegerField()
    runs_blocked = serializers.IntegerField()
    runs_to_try_again = serializers.IntegerField()


class HealthAlarm(StrictSerializer):
    """An alarm of runs: how many raised it within seven days, and how many of them ended over it."""

    code = serializers.CharField()
    runs = serializers.IntegerField()
    stopped = serializers.IntegerField()


class HealthProblem(StrictSerializer):
    code = serializers.ChoiceField(choices=[(code, code) for code in health.CODES])
    about = serializers.CharField()


class Health(StrictSerializer):
    """Of the whole installation, at this moment."""

    at = serializers.DateTimeField()
    broker_answers = serializers.BooleanField()
    problems = HealthProblem(many=True)
    queues = HealthQueue(many=True)
    workers = HealthWorker(many=True)
    scheduler_seen_at = serializers.DateTimeField(allow_null=True)
    leases = HealthLeases()
    disk = HealthDisk()
    database = HealthDatabase()
    backlog = HealthBacklog()
    alarms = HealthAlarm(many=True)


class HealthView(TiebreakView):
    """Queues, leases, workers, disk, database, and what waits."""

    access = {"GET": roles("admin", "ml")}
    query = frozenset[str]()

    @extend_schema(operation_id="health_read", responses=Health)
    def get(self, request: Request, project_id: UUID) -> Response:
        found: dict[str, Any] = health.look(self.project.pk)
        return Response(Health(found).data)
