"""Many judgments at once, and plans to have judgments made anew, over HTTP."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.labeling.api.serializers import valid
from annotation.lib.api import PAGE_QUERY, StrictSerializer, page_of, paged
from annotation.projects.api.access import TiebreakView, roles
from annotation.quality.api.review_serializers import name_of
from annotation.quality.models import BulkAct, RelabelPlan
from annotation.quality.review import bulk, relabel


class BulkFilterInput(StrictSerializer):
    """Which judgments; at least one restriction."""

    labeler = serializers.UUIDField(required=False)
    prompt_set = serializers.UUIDField(required=False)
    guideline = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    judgments = serializers.ListField(
        child=serializers.UUIDField(), max_length=5000, required=False
    )


class BulkRequest(StrictSerializer):
    act = serializers.ChoiceField(BulkAct.Act.choices)
    of = serializers.ChoiceField(BulkAct.Of.choices, default=BulkAct.Of.RANKING.value)
    filter = BulkFilterInput()


def filter_of(given: dict[str, Any]) -> bulk.BulkFilter:
    """The restrictions of a request."""
    found = dict(given["filter"])
    if "judgments" in found:
        found["judgments"] = tuple(found["judgments"])
    return bulk.BulkFilter(of=given["of"], **found)


class BulkActRequest(BulkRequest):
    client_uuid = serializers.UUIDField()
    reason = serializers.CharField(max_length=2000)


class BulkUndoRequest(StrictSerializer):
    client_uuid = serializers.UUIDField()
    reason = serializers.CharField(max_length=2000)


class BulkActRow(serializers.ModelSerializer[BulkAct]):
    """A bulk act with what became of its targets."""

    actor_name = serializers.SerializerMethodField()
    filter = serializers.DictField()
    waiting = serializers.IntegerField(source="n_waiting")
    withdrawn = serializers.IntegerField(source="n_withdrawn")
    counted = serializers.IntegerField(source="n_counted")
    surplus = serializers.IntegerField(source="n_surplus")
    left = serializers.IntegerField(source="n_left")
    left_because = serializers.SerializerMethodField()
    undoes = serializers.UUIDField(source="undoes_id", allow_null=True)
    undone_by = serializers.UUIDField(source="undone", allow_null=True)

    class Meta:
        model = BulkAct
        fields = [
            "id",
            "act",
            "of",
            "state",
            "filter",
            "reason",
            "actor_name",
            "total",
            "waiting",
            "withdrawn",
            "counted",
            "surplus",
            "left",
            "left_because",
            "undoes",
            "undone_by",
            "created_at",
            "finished_at",
        ]
        read_only_fields = fields

    def get_actor_name(self, act: BulkAct) -> str:
        return name_of(act.actor)

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_left_because(self, act: BulkAct) -> dict[str, int]:
        return bulk.left_because(act) if act.n_left else {}  # type: ignore[attr-defined]


class BulkActsView(TiebreakView):
    """Taking out, or putting back, many judgments."""

    access = {"GET": roles("admin", "reviewer"), "POST": roles("admin", scope="manage")}

    @extend_schema(
        operation_id="bulk_acts_list", parameters=PAGE_QUERY, responses=page_of(BulkActRow)
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, bulk.acts(self.project), BulkActRow)

    @extend_schema(
        operation_id="bulk_acts_begin",
        request=BulkActRequest,
        responses={200: BulkActRow, 201: BulkActRow},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        given = valid(BulkActRequest, request)
        made, is_new = bulk.begin(
            actor=self.person,
            project=self.project,
            client_uuid=given["client_uuid"],
            act=given["act"],
            wanted=filter_of(given),
            reason=given["reason"],
        )
        return _row(made, is_new)


def _row(act: BulkAct, is_new: bool = False) -> Response:
    row = bulk.acts(act.project).get(pk=act.pk)
    code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    return Response(BulkActRow(row).data, status=code)


class _BulkActView(TiebreakView):
    thing = ("quality_bulkact", "bulk_act_id")

    def act(self, bulk_act_id: UUID) -> BulkAct:
        return BulkAct.objects.select_related("project").get(pk=bulk_act_id)


class BulkActView(_BulkActView):
    """One of them, for following it."""

    access = {"GET": roles("admin", "reviewer")}

    @extend_schema(operation_id="bulk_acts_read", responses=BulkActRow)
    def get(self, request: Request, bulk_act_id: UUID) -> Response:
        return _row(self.act(bulk_act_id))


class BulkStopView(_BulkActView):
    """End it where it is."""

    access = {"POST": roles("admin", scope="manage")}

    @extend_schema(operation_id="bulk_acts_stop", request=None, responses=BulkActRow)
    def post(self, request: Request, bulk_act_id: UUID) -> Response:
        act = self.act(bulk_act_id)
        bulk.stop(actor=self.person, act=act)
        return _row(act)


class BulkUndoView(_BulkActView):
    """Reverse exactly what it changed."""

    access = {"POST": roles("admin", scope="manage")}

    @extend_schema(
        operation_id="bulk_acts_undo",
        request=BulkUndoRequest,
        responses={200: BulkActRow, 201: BulkActRow},
    )
    def post(self, request: Request, bulk_act_id: UUID) -> Response:
        given = valid(BulkUndoRequest, request)
        made, is_new = bulk.undo(actor=self.person, original=self.act(bulk_act_id), **given)
        return _row(made, is_new)


class RelabelQuery(StrictSerializer):
    """What changed between two versions of the guidelines, and how much of it to cover."""

    old = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    new = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    words = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=20, default=list
    )
    flags = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=50, default=list
    )
    axes = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=50, default=list
    )
    cover = serializers.IntegerField(
        min_value=1, max_value=100, default=80, help_text="percent of the expected changes"
    )
    most = serializers.IntegerField(min_value=1, max_value=relabel.MOST, default=500)
    needed = serializers.IntegerField(
        min_value=1, max_value=50, default=1, help_text="new judgments for each item"
    )
    rule = serializers.ChoiceField(
        RelabelPlan.Rule.choices, default=RelabelPlan.Rule.SUPERSEDE.value
    )


class RelabelPlanRequest(RelabelQuery):
    client_uuid = serializers.UUIDField()


class RelabelSample(StrictSerializer):
    item = serializers.UUIDField()
    judgments = serializers.IntegerField()
    likelihood = serializers.FloatField()
    prompt_preview = serializers.CharField()


class RelabelProposal(StrictSerializer):
    """The smallest set of items that covers the wished share of the expected changes."""

    candidates = serializers.IntegerField(help_text="items judged under the old version")
    judgments = serializers.IntegerField(help_text="their counted judgments")
    expected = serializers.FloatField(help_text="changes expected over all candidates")
    items = serializers.IntegerField()
    expected_in_items = serializers.FloatField()
    sample = RelabelSample(many=True)


class RelabelPlanRow(serializers.ModelSerializer[RelabelPlan]):
    """A plan and how far it is."""

    old = serializers.IntegerField(source="old_number")
    new = serializers.IntegerField(source="new_number")
    query = serializers.DictField()
    created_by_name = serializers.SerializerMethodField()
    total = serializers.IntegerField(help_text="items")
    judged = serializers.IntegerField(help_text="items whose new judgments are in")
    settled = serializers.IntegerField(help_text="items to which the rule was applied")
    changed = serializers.IntegerField(help_text="settled items that are ordered differently now")

    class Meta:
        model = RelabelPlan
        fields = [
            "id",
            "old",
            "new",
            "query",
            "rule",
            "state",
            "expected_flips",
            "created_by_name",
            "total",
            "judged",
            "settled",
            "changed",
            "created_at",
            "finished_at",
        ]
        read_only_fields = fields

    def get_created_by_name(self, plan: RelabelPlan) -> str:
        return name_of(plan.created_by)


def _query_of(given: dict[str, Any]) -> relabel.PlanQuery:
    lists = {name: tuple(given[name]) for name in ("words", "flags", "axes")}
    return relabel.PlanQuery(**{**given, **lists})


class RelabelProposalView(TiebreakView):
    """Which judgments a change of the guidelines may have changed. Writes nothing."""

    access = {"POST": roles("admin")}

    @extend_schema(operation_id="relabel_propose", request=RelabelQuery, responses=RelabelProposal)
    def post(self, request: Request, project_id: UUID) -> Response:
        found = relabel.propose(self.project, _query_of(valid(RelabelQuery, request)))
        body = {
            "candidates": found.candidates,
            "judgments": found.judgments,
            "expected": found.expected,
            "items": len(found.chosen),
            "expected_in_items": found.expected_in_chosen,
            "sample": relabel.sample_of(found),
        }
        return Response(RelabelProposal(body).data)


class RelabelPlansView(TiebreakView):
    """Plans to have judgments made anew."""

    access = {"GET": roles("admin", "reviewer"), "POST": roles("admin", scope="manage")}

    @extend_schema(
        operation_id="relabel_plans_list", parameters=PAGE_QUERY, responses=page_of(RelabelPlanRow)
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, relabel.plans(self.project), RelabelPlanRow)

    @extend_schema(
        operation_id="relabel_plans_begin",
        request=RelabelPlanRequest,
        responses={200: RelabelPlanRow, 201: RelabelPlanRow},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        given = valid(RelabelPlanRequest, request)
        client_uuid = given.pop("client_uuid")
        plan, is_new = relabel.begin(
            actor=self.person,
            project=self.project,
            client_uuid=client_uuid,
            query=_query_of(given),
        )
        row = relabel.plans(self.project).get(pk=plan.pk)
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(RelabelPlanRow(row).data, status=code)


class RelabelCancelView(TiebreakView):
    """Hand out no more of a plan."""

    access = {"POST": roles("admin", scope="manage")}
    thing = ("quality_relabelplan", "plan_id")

    @extend_schema(operation_id="relabel_plans_cancel", request=None, responses=RelabelPlanRow)
    def post(self, request: Request, plan_id: UUID) -> Response:
        plan = RelabelPlan.objects.get(pk=plan_id)
        relabel.cancel(actor=self.person, plan=plan)
        return Response(RelabelPlanRow(relabel.plans(self.project).get(pk=plan_id)).data)
