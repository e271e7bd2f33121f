"""The stored statistics of quality over HTTP: reports, reliability estimates, alarms."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.lib.api import PAGE_QUERY, StrictSerializer, page_of, paged
from annotation.projects.api.access import TiebreakView, roles
from annotation.quality import reporting
from annotation.quality.models import Alarm, QualityReport, ReliabilityEstimate
from annotation.quality.reliability import effective_of_rows

READERS = ("admin", "reviewer", "ml")


class QualityReportRow(serializers.ModelSerializer[QualityReport]):
    """A report; `body` is empty until it is finished. `names`: of the labelers in it."""

    body = serializers.DictField()
    names = serializers.SerializerMethodField()

    class Meta:
        model = QualityReport
        fields = ["id", "created_at", "finished_at", "cut_off", "judgments", "body", "names"]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_names(self, report: QualityReport) -> dict[str, str]:
        agreement = report.body.get("agreement", {})
        rows = [*report.body.get("reliability", []), *agreement.get("labelers", [])]
        audit = (report.body.get("style") or {}).get("labelers", {})
        rows += [row for each in audit.values() for row in each]
        return reporting.names_of([UUID(row["labeler"]) for row in rows])


class QualityStanding(StrictSerializer):
    """The newest finished report, if there is one; whether another is under way; open alarms."""

    report = QualityReportRow(allow_null=True)
    is_computing = serializers.BooleanField()
    alarms_new = serializers.IntegerField()
    alarms_acknowledged = serializers.IntegerField()


class QualityView(TiebreakView):
    """Can the data be trusted? Everything here was computed before."""

    access = {"GET": roles(*READERS), "POST": roles(*READERS, scope="manage")}
    query = frozenset()

    @extend_schema(operation_id="quality_retrieve", responses=QualityStanding)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(QualityStanding(self._standing()).data)

    @extend_schema(operation_id="quality_compute", request=None, responses={202: QualityStanding})
    def post(self, request: Request, project_id: UUID) -> Response:
        reporting.ask(project=self.project, actor=self.person)
        return Response(QualityStanding(self._standing()).data, status=status.HTTP_202_ACCEPTED)

    def _standing(self) -> dict[str, Any]:
        reports = QualityReport.objects.filter(project=self.project)
        open_alarms = Alarm.objects.filter(project=self.project)
        return {
            "report": reports.exclude(finished_at=None).order_by("-id").first(),
            "is_computing": reports.filter(finished_at=None).exists(),
            "alarms_new": open_alarms.filter(state=Alarm.State.NEW).count(),
            "alarms_acknowledged": open_alarms.filter(state=Alarm.State.ACKNOWLEDGED).count(),
        }


class ReliabilityEstimateRow(serializers.ModelSerializer[ReliabilityEstimate]):
    """An estimate with what its weights would do: how many judgments are left of how many."""

    labelers = serializers.ListField(child=serializers.DictField())
    effective_judgments = serializers.SerializerMethodField()

    class Meta:
        model = ReliabilityEstimate
        fields = [
            "id",
            "number",
            "created_at",
            "cut_off",
            "version",
            "settings",
            "judgments",
            "pairs",
            "labelers",
            "effective_judgments",
        ]
        read_only_fields = fields

    def get_effective_judgments(self, estimate: ReliabilityEstimate) -> float:
        return effective_of_rows(estimate.labelers)


class ReliabilityEstimatesView(TiebreakView):
    """Estimates of the labelers' reliability, newest first."""

    access = {"GET": roles(*READERS)}
    query = frozenset()

    @extend_schema(
        operation_id="reliability_estimates_list",
        parameters=PAGE_QUERY,
        responses=page_of(ReliabilityEstimateRow),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        found = ReliabilityEstimate.objects.filter(project=self.project)
        return paged(self, found, ReliabilityEstimateRow)


class AlarmRow(serializers.ModelSerializer[Alarm]):
    """An alarm with its evidence. `is_current`: the rule is met in the newest report as well."""

    evidence = serializers.DictField()
    labeler_name = serializers.SerializerMethodField()
    decided_by_name = serializers.SerializerMethodField()
    is_current = serializers.SerializerMethodField()

    class Meta:
        model = Alarm
        fields = [
            "id",
            "rule",
            "state",
            "labeler_id",
            "labeler_name",
            "evidence",
            "is_current",
            "note",
            "decided_by_name",
            "decided_at",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_labeler_name(self, alarm: Alarm) -> str | None:
        return _name(alarm.labeler)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_decided_by_name(self, alarm: Alarm) -> str | None:
        return _name(alarm.decided_by)

    def get_is_current(self, alarm: Alarm) -> bool:
        return bool(alarm.last_report_id == self.context["view"].newest_report)


def _name(person: Any) -> str | None:
    return None if person is None else person.display_name or person.username


class _AlarmView(TiebreakView):
    @property
    def newest_report(self) -> UUID | None:
        done = QualityReport.objects.filter(project=self.project).exclude(finished_at=None)
        return done.order_by("-id").values_list("id", flat=True).first()

    def alarms(self) -> QuerySet[Alarm]:
        found = Alarm.objects.filter(project=self.project)
        return found.select_related("labeler", "decided_by")


class AlarmsView(_AlarmView):
    """Alarms of the project, newest first."""

    access = {"GET": roles(*READERS)}
    query = frozenset({"state"})

    @extend_schema(
        operation_id="quality_alarms_list",
        parameters=[OpenApiParameter("state", str, enum=Alarm.State.values), *PAGE_QUERY],
        responses=page_of(AlarmRow),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        state = request.query_params.get("state")
        if state is not None and state not in Alarm.State.values:
            raise exceptions.ValidationError({"state": ["There is no such state."]})
        found = self.alarms()
        return paged(self, found.filter(state=state) if state else found, AlarmRow)


class AlarmDecision(StrictSerializer):
    state = serializers.ChoiceField(choices=["acknowledged", "resolved"])
    note = serializers.CharField(max_length=2000)


class AlarmView(_AlarmView):
    """Look after an alarm, or say that it is dealt with."""

    thing = ("quality_alarm", "alarm_id")
    access = {"POST": roles("admin", "reviewer", scope="manage")}

    @extend_schema(operation_id="quality_alarms_decide", request=AlarmDecision, responses=AlarmRow)
    def post(self, request: Request, alarm_id: UUID) -> Response:
        given = AlarmDecision(data=request.data)
        given.is_valid(raise_exception=True)
        reporting.decide(
            actor=self.person, alarm=self.alarms().get(pk=alarm_id), **given.validated_data
        )
        row = AlarmRow(self.alarms().get(pk=alarm_id), context={"view": self})
        return Response(row.data)
