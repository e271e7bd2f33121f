"""Who labels what, how far it is, and changing waiting work in bulk; never for labelers."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.corpus.api.serializers import MAX_TEXT
from annotation.labeling.api import serializers as forms
from annotation.labeling.assigning import assignments_of
from annotation.labeling.pace import progress_of
from annotation.labeling.pasting import paste
from annotation.labeling.services import change_work
from annotation.lib.api import Name, StrictSerializer
from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.models import Project

WARNINGS = ["nobody", "nobody_in_groups", "nobody_reads"]
CHANGES = ("reserved_for", "priority", "needed")


class RecentPace(serializers.Serializer[Any]):
    """Judgments a day: the mean of the last days and its 80 % interval."""

    low = serializers.FloatField()
    mean = serializers.FloatField()
    high = serializers.FloatField()
    days = serializers.IntegerField(help_text="days of 24 hours it is from")


class ProjectProgress(serializers.Serializer[Any]):
    """How far the project is, and from when to when its end may be expected."""

    state = serializers.ChoiceField(Project.State.choices)
    closed = serializers.ChoiceField(
        choices=["archived", "paused", "ended", "budget_reached"],
        allow_blank=True,
        help_text="why nothing new is handed out to anybody",
    )
    counted = serializers.IntegerField(help_text="judgments that count, imported ones aside")
    wanted = serializers.IntegerField(help_text="judgments that the items ask for")
    budget = serializers.IntegerField(allow_null=True)
    left = serializers.IntegerField(help_text="up to the budget, or else to what items ask for")
    ends_at = serializers.DateTimeField(allow_null=True)
    pace = RecentPace(allow_null=True)
    soonest = serializers.DateTimeField(allow_null=True)
    latest = serializers.DateTimeField(allow_null=True)
    waits = serializers.IntegerField(help_text="items in triage")


class ProjectProgressView(TiebreakView):
    """How far is the project, and when will it be done?"""

    access = {"GET": roles("admin", "reviewer", "ml")}

    @extend_schema(operation_id="projects_progress", responses=ProjectProgress)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(ProjectProgress(progress_of(self.project)).data)


class NamedGroup(serializers.Serializer[Any]):
    """A group that work is reserved for."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class SetOfWork(serializers.Serializer[Any]):
    """A prompt set as its name."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    version = serializers.IntegerField()


class AssignmentRow(serializers.Serializer[Any]):
    """The work of one prompt set for one audience; open, leased and done count judgments."""

    prompt_set = SetOfWork()
    language = serializers.CharField()
    groups = NamedGroup(many=True)
    items = serializers.IntegerField()
    open = serializers.IntegerField()
    leased = serializers.IntegerField()
    done = serializers.IntegerField()
    eligible = serializers.IntegerField(help_text="labelers who may be handed it")
    priority = serializers.ListField(child=serializers.IntegerField(), help_text="lowest, highest")
    needed = serializers.ListField(child=serializers.IntegerField(), help_text="least, most")
    warning = serializers.ChoiceField(choices=WARNINGS, allow_blank=True)


class AssignmentsView(TiebreakView):
    """Who labels what."""

    access = {"GET": roles("admin", "reviewer", "ml")}

    @extend_schema(
        operation_id="assignments_list", responses=AssignmentRow(many=True), filters=False
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(AssignmentRow(assignments_of(self.project), many=True).data)


class WorkChange(StrictSerializer):
    """What shall change, for all items of a prompt set or for some items."""

    prompt_set = serializers.UUIDField(required=False)
    items = serializers.ListField(child=serializers.UUIDField(), max_length=1000, required=False)
    reserved_for = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=50,
        required=False,
        help_text="groups; none releases the work to everybody",
    )
    priority = serializers.IntegerField(min_value=-1000, max_value=1000, required=False)
    needed = serializers.IntegerField(
        min_value=1, max_value=50, required=False, help_text="judgments of each open item"
    )
    dry_run = serializers.BooleanField(
        default=False, help_text="tell the figures and change nothing"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("prompt_set" in attrs) == ("items" in attrs):
            raise serializers.ValidationError("Give either prompt_set or items.", code="one_of")
        if not any(name in attrs for name in CHANGES):
            raise serializers.ValidationError("Say what shall change.", code="missing")
        return attrs


class WorkChangedAnswer(serializers.Serializer[Any]):
    """What became of it, or would."""

    items = serializers.IntegerField()
    open_items = serializers.IntegerField()
    slots_added = serializers.IntegerField()
    slots_voided = serializers.IntegerField()


class ChangeWorkView(TiebreakView):
    """Reserve, release, put first, ask more or fewer people."""

    access = {"POST": roles("admin", scope="manage")}

    @extend_schema(operation_id="work_change", request=WorkChange, responses=WorkChangedAnswer)
    def post(self, request: Request, project_id: UUID) -> Response:
        given = forms.valid(WorkChange, request)
        changed = change_work(
            actor=self.person,
            project=self.project,
            prompt_set=given.get("prompt_set"),
            items=given.get("items", ()),
            changes={name: given[name] for name in CHANGES if name in given},
            dry_run=given["dry_run"],
        )
        return Response(WorkChangedAnswer(asdict(changed)).data)


class PastedRow(StrictSerializer):
    """A prompt with answers to put in order; for demonstrations without."""

    prompt = serializers.CharField(max_length=MAX_TEXT, trim_whitespace=False)
    completions = serializers.ListField(
        child=serializers.CharField(max_length=MAX_TEXT, trim_whitespace=False),
        max_length=16,
        default=list,
    )


class PasteRequest(StrictSerializer):
    """Rows typed or pasted in the browser."""

    name = Name(max_length=120, help_text="of the prompt set, made when new")
    kind = serializers.ChoiceField(choices=["ranking", "demonstration"])
    rows = serializers.ListField(child=PastedRow(), min_length=1, max_length=500)


class PasteIssue(serializers.Serializer[Any]):
    """A row that was refused, counted from 1, and why."""

    line = serializers.IntegerField()
    field = serializers.CharField()
    rule = serializers.CharField()
    message = serializers.CharField()


class PasteAnswer(serializers.Serializer[Any]):
    """The items that were made of it."""

    prompt_set = serializers.UUIDField(source="prompt_set.id")
    created = serializers.IntegerField(source="made.created")
    existing = serializers.IntegerField(source="made.existing")
    too_few = serializers.IntegerField(source="made.too_few")
    issues = PasteIssue(many=True)


class PasteView(TiebreakView):
    """A few prompts, with answers, become items at once; doing it twice adds nothing."""

    access = {"POST": roles("admin", scope="manage")}

    @extend_schema(operation_id="rows_paste", request=PasteRequest, responses={201: PasteAnswer})
    def post(self, request: Request, project_id: UUID) -> Response:
        given = forms.valid(PasteRequest, request)
        pasted = paste(actor=self.person, project=self.project, **given)
        return Response(PasteAnswer(pasted).data, status=status.HTTP_201_CREATED)
