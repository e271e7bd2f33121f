"""Groups of labelers, and what a labeler reads and may do in a day, over HTTP."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import Scope, User
from annotation.lib.api import Name, StrictSerializer
from annotation.projects import groups
from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.models import Group, Membership, Role

LOOKERS = roles(Role.ADMIN, Role.REVIEWER, Role.ML)
KEEPERS = roles(Role.ADMIN, scope=Scope.MANAGE)


class GroupPerson(serializers.Serializer[Any]):
    """A member of a group."""

    user_id = serializers.UUIDField(source="membership.user_id")
    username = serializers.CharField(source="membership.user.username")
    display_name = serializers.CharField(source="membership.user.display_name")


class GroupRow(serializers.ModelSerializer[Group]):
    """A named set of labelers."""

    members = GroupPerson(source="held", many=True)

    class Meta:
        model = Group
        fields = ["id", "name", "description", "members"]
        read_only_fields = fields


class GroupChange(StrictSerializer):
    """Of a group; `members` (user ids) are replaced as a whole."""

    name = Name(max_length=80, required=False)
    description = serializers.CharField(max_length=500, allow_blank=True, required=False)
    members = serializers.ListField(child=serializers.UUIDField(), max_length=5000, required=False)


class NewGroup(GroupChange):
    """A group needs a name."""

    name = Name(max_length=80)


class LabelerGroup(serializers.Serializer[Any]):
    """A group as its name."""

    id = serializers.UUIDField(source="group_id")
    name = serializers.CharField(source="group.name")


class LabelerWork(serializers.ModelSerializer[Membership]):
    """What a labeler may be given: languages (none: all), groups, and how much in 24 hours."""

    user_id = serializers.UUIDField()
    username = serializers.CharField(source="user.username")
    display_name = serializers.CharField(source="user.display_name")
    languages = serializers.ListField(child=serializers.CharField())
    groups = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ["user_id", "username", "display_name", "languages", "daily_cap", "groups"]
        read_only_fields = fields

    @extend_schema_field(LabelerGroup(many=True))
    def get_groups(self, held: Membership) -> Any:
        return LabelerGroup(held.grouped, many=True).data  # type: ignore[attr-defined]


class LabelerWorkChange(StrictSerializer):
    """What is left out stays as it is; lists are replaced as a whole."""

    languages = serializers.ListField(
        child=serializers.CharField(max_length=20), max_length=50, required=False
    )
    daily_cap = serializers.IntegerField(
        min_value=1, max_value=10_000, allow_null=True, required=False
    )
    groups = serializers.ListField(child=serializers.UUIDField(), max_length=200, required=False)


class GroupsView(TiebreakView):
    """The groups of a project with their members, by name."""

    access = {"GET": LOOKERS, "POST": KEEPERS}

    @extend_schema(operation_id="groups_list", responses=GroupRow(many=True), filters=False)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(GroupRow(groups.groups_of(self.project), many=True).data)

    @extend_schema(operation_id="groups_create", request=NewGroup, responses={201: GroupRow})
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = NewGroup(data=request.data)
        wish.is_valid(raise_exception=True)
        made = groups.create_group(actor=self.person, project=self.project, **wish.validated_data)
        return Response(_shown(made), status=201)


class GroupView(TiebreakView):
    """One group."""

    access = {"PATCH": KEEPERS, "DELETE": KEEPERS}
    thing = ("projects_group", "group_id")

    @extend_schema(operation_id="groups_change", request=GroupChange, responses=GroupRow)
    def patch(self, request: Request, group_id: UUID) -> Response:
        wish = GroupChange(data=request.data)
        wish.is_valid(raise_exception=True)
        group = Group.objects.get(pk=group_id)
        groups.change_group(actor=self.person, group=group, changes=wish.validated_data)
        return Response(_shown(group))

    @extend_schema(operation_id="groups_delete", responses={204: None})
    def delete(self, request: Request, group_id: UUID) -> Response:
        groups.delete_group(actor=self.person, group=Group.objects.get(pk=group_id))
        return Response(status=204)


class LabelersView(TiebreakView):
    """The labelers of a project with what they may be given."""

    access = {"GET": LOOKERS}

    @extend_schema(operation_id="labelers_list", responses=LabelerWork(many=True), filters=False)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(LabelerWork(groups.labelers_of(self.project), many=True).data)


class LabelerView(TiebreakView):
    """What one labeler may be given."""

    access = {"PATCH": KEEPERS}

    @extend_schema(operation_id="labelers_change", request=LabelerWorkChange, responses=LabelerWork)
    def patch(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        person = User.objects.filter(pk=user_id, memberships__project=self.project).first()
        if person is None:
            raise exceptions.NotFound("There is no such thing here.")
        wish = LabelerWorkChange(data=request.data)
        wish.is_valid(raise_exception=True)
        held = groups.change_labeler(
            actor=self.person, project=self.project, person=person, changes=wish.validated_data
        )
        return Response(LabelerWork(groups.labelers_of(self.project).get(pk=held.pk)).data)


def _shown(group: Group) -> Any:
    return GroupRow(groups.groups_of(group.project).get(pk=group.pk)).data
