"""One labeler in figures: for admins and reviewers beside the project's, for themself alone."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import User
from annotation.labeling.models import Demonstration, Ranking
from annotation.lib.api import StrictSerializer
from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.api.serializers import Member
from annotation.projects.models import Membership, Project, Role
from annotation.projects.selectors import members_of
from annotation.quality import control, people
from annotation.quality.api.control_serializers import ControlFigures


class FigureSerializer(StrictSerializer):
    """A figure, how much it rests on, and where the project's labelers lie."""

    name = serializers.CharField()
    unit = serializers.ChoiceField(choices=[("ms", "ms"), ("share", "share")])
    value = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField(help_text="how many cases the value rests on")
    others = serializers.ListField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="10th, 25th, 50th, 75th and 90th percentile over labelers; null: too few, or not told",
    )
    people = serializers.IntegerField(help_text="how many labelers `others` rests on")


class NamedCountSerializer(StrictSerializer):
    name = serializers.CharField()
    count = serializers.IntegerField()


class DayCountSerializer(StrictSerializer):
    date = serializers.DateField()
    count = serializers.IntegerField()


class JudgmentTotalsSerializer(StrictSerializer):
    counted = serializers.IntegerField()
    surplus = serializers.IntegerField()
    withdrawn = serializers.IntegerField()


class AttemptRowSerializer(StrictSerializer):
    number = serializers.IntegerField()
    agreement = serializers.FloatField(allow_null=True)
    pass_mark = serializers.IntegerField()
    passed = serializers.BooleanField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class MyFiguresSerializer(StrictSerializer):
    """How I work, told to nobody but me."""

    figures = FigureSerializer(many=True)
    days = DayCountSerializer(many=True)
    judgments = JudgmentTotalsSerializer()
    skips = NamedCountSerializer(many=True)
    flags = NamedCountSerializer(many=True)
    reports = serializers.IntegerField()
    practice_answers = serializers.IntegerField()
    practice_agreement = serializers.FloatField(allow_null=True)
    attempts = AttemptRowSerializer(many=True)


class PersonFiguresSerializer(MyFiguresSerializer):
    """How a labeler works, beside the others of the project; and what anybody did beside labeling."""

    person = Member()
    is_member = serializers.BooleanField()
    is_imported = serializers.BooleanField(help_text="stands for imported data, or was deleted")
    last_seen_at = serializers.DateTimeField(allow_null=True)
    sessions = serializers.IntegerField()
    groups = serializers.ListField(child=serializers.CharField())
    languages = serializers.ListField(child=serializers.CharField())
    decisions = NamedCountSerializer(many=True, help_text="decided in review, by outcome")
    judgments_withdrawn = serializers.IntegerField(help_text="of others, in 90 days")
    reports_decided = serializers.IntegerField()
    acts = NamedCountSerializer(
        many=True, help_text="in the audit trail of 90 days, by action; told to admins only"
    )
    control = ControlFigures(help_text="gold, repeats and traps: never told to labelers")


class PersonFiguresView(TiebreakView):
    """A member, or somebody who judged here."""

    access = {"GET": roles(Role.ADMIN, Role.REVIEWER)}

    @extend_schema(operation_id="members_figures", responses=PersonFiguresSerializer)
    def get(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        person = _known_here(self.project, user_id)
        seen, sessions = people.presence_of(person)
        told: dict[str, Any] = {
            "person": person,
            "is_member": bool(person.held),  # type: ignore[attr-defined]
            "is_imported": person.is_pseudonymous,
            "last_seen_at": seen,
            "sessions": sessions,
            **people.placed_in(self.project, person),
            "control": control.results(self.project, person),
            "figures": people.metrics(self.project, person, with_others=True),
            **people.work_of(self.project, person),
            **people.acts_of(self.project, person, all_acts=Role.ADMIN in self.roles),
        }
        return Response(PersonFiguresSerializer(told, context={"view": self}).data)


def _known_here(project: Project, user_id: UUID) -> User:
    found = members_of(project).filter(pk=user_id).first()
    if found is not None:
        return found
    person = User.objects.filter(pk=user_id).first()
    judged = any(
        kind._default_manager.filter(labeler_id=user_id, project=project).exists()
        for kind in (Ranking, Demonstration)
    )
    if person is None or not judged:
        raise exceptions.NotFound("There is no such thing here.")
    nothing: list[Membership] = []
    person.held = person.factors = nothing  # type: ignore[attr-defined]
    return person


class MyFiguresView(TiebreakView):
    """Myself."""

    access = {"GET": roles(Role.LABELER, at_rest=True)}

    @extend_schema(operation_id="my_figures", responses=MyFiguresSerializer)
    def get(self, request: Request, project_id: UUID) -> Response:
        told = {
            "figures": people.metrics(self.project, self.person, with_others=False),
            **people.work_of(self.project, self.person),
        }
        return Response(MyFiguresSerializer(told).data)
