"""Reports: a labeler makes them from the slot in hand; admins and reviewers decide them."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.corpus.texts import preview
from annotation.labeling import selectors, services
from annotation.labeling.api.serializers import valid
from annotation.labeling.api.views import SlotView
from annotation.labeling.models import Report
from annotation.lib.api import PAGE_QUERY, StrictSerializer, page_of, paged
from annotation.projects.api.access import TiebreakView, roles


class ReportRequest(StrictSerializer):
    """Without `completion` the prompt is meant."""

    lease_token = serializers.UUIDField()
    completion = serializers.UUIDField(allow_null=True, default=None)
    reason = serializers.ChoiceField(choices=Report.Reason.choices)
    note = serializers.CharField(max_length=2000, allow_blank=True, default="")


class ReportReceipt(serializers.ModelSerializer[Report]):
    """What the labeler learns of their report: that it stands."""

    class Meta:
        model = Report
        fields = ["id", "state", "created_at"]
        read_only_fields = fields


class ReportRow(serializers.ModelSerializer[Report]):
    """A report for those who decide."""

    labeler_name = serializers.SerializerMethodField()
    decided_by_name = serializers.SerializerMethodField()
    prompt_preview = serializers.SerializerMethodField()
    completion_text = serializers.CharField(source="completion.text", default=None, allow_null=True)
    waiting = serializers.IntegerField(help_text="items that are out of circulation because of it")

    class Meta:
        model = Report
        fields = [
            "id",
            "state",
            "reason",
            "note",
            "item_id",
            "completion_id",
            "completion_text",
            "prompt_preview",
            "labeler_name",
            "waiting",
            "decided_by_name",
            "decided_at",
            "created_at",
        ]
        read_only_fields = fields

    def get_labeler_name(self, report: Report) -> str:
        return report.labeler.display_name or report.labeler.username

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_decided_by_name(self, report: Report) -> str | None:
        person = report.decided_by
        return None if person is None else person.display_name or person.username

    def get_prompt_preview(self, report: Report) -> str:
        return preview(report.prompt.messages)


class MakeReportView(SlotView):
    """Something here should not be shown to anybody."""

    access = {"POST": roles("labeler", scope="label")}
    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="slots_report",
        request=ReportRequest,
        responses={200: ReportReceipt, 201: ReportReceipt},
    )
    def post(self, request: Request, slot_id: UUID) -> Response:
        given = valid(ReportRequest, request)
        made = services.report_problem(
            labeler=self.person,
            slot_id=slot_id,
            token=given["lease_token"],
            completion_id=given["completion"],
            reason=given["reason"],
            note=given["note"],
        )
        code = status.HTTP_201_CREATED if made.is_new else status.HTTP_200_OK
        return Response(ReportReceipt(made.report).data, status=code)


class ReportsView(TiebreakView):
    """What labelers reported, newest first."""

    access = {"GET": roles("admin", "reviewer")}
    query = frozenset({"state"})

    @extend_schema(
        operation_id="reports_list",
        parameters=[*PAGE_QUERY, OpenApiParameter("state", str, enum=Report.State.values)],
        responses=page_of(ReportRow),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        state = request.query_params.get("state")
        if state is not None and state not in Report.State.values:
            known = ", ".join(Report.State.values)
            raise exceptions.ValidationError({"state": [f"One of {known}."]})
        return paged(self, selectors.reports(self.project, state), ReportRow)


class _DecideView(TiebreakView):
    access = {"POST": roles("admin", "reviewer", scope="manage")}
    query = frozenset()
    thing = ("labeling_report", "report_id")

    def report(self, report_id: UUID) -> Report:
        return Report.objects.get(pk=report_id)

    def answer(self, report: Report) -> Response:
        row = selectors.reports(self.project).get(pk=report.pk)
        return Response(ReportRow(row, context={"view": self}).data)


class UpholdReportView(_DecideView):
    """It stays out of circulation."""

    @extend_schema(operation_id="reports_uphold", request=None, responses=ReportRow)
    def post(self, request: Request, report_id: UUID) -> Response:
        return self.answer(services.uphold_report(actor=self.person, report=self.report(report_id)))


class DismissReportView(_DecideView):
    """It goes back into circulation."""

    @extend_schema(operation_id="reports_dismiss", request=None, responses=ReportRow)
    def post(self, request: Request, report_id: UUID) -> Response:
        return self.answer(
            services.dismiss_report(actor=self.person, report=self.report(report_id))
        )
