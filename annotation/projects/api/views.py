"""Projects, their members, guidelines and audit trail over HTTP."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import Scope, User
from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.projects import selectors, services
from annotation.projects.api import serializers
from annotation.projects.api.access import EVERY_ROLE, TiebreakView, roles, signed_in, staff
from annotation.projects.models import Project, Role


class ProjectsView(TiebreakView):
    """The projects I belong to; staff start new ones."""

    access = {"GET": signed_in(), "POST": staff()}

    @extend_schema(
        operation_id="projects_list", responses=serializers.ProjectSummary(many=True), filters=False
    )
    def get(self, request: Request) -> Response:
        mine = selectors.projects_of(self.person)
        return Response(serializers.ProjectSummary(mine, many=True).data)

    @extend_schema(
        operation_id="projects_create",
        request=serializers.NewProject,
        responses={201: serializers.ProjectDetail},
    )
    def post(self, request: Request) -> Response:
        wish = serializers.NewProject(data=request.data)
        wish.is_valid(raise_exception=True)
        project = services.create_project(actor=self.person, **wish.validated_data)
        return Response(serializers.ProjectDetail(project).data, status=201)


class ProjectView(TiebreakView):
    """One project; labelers see what labeling needs."""

    access = {
        "GET": roles(*EVERY_ROLE, at_rest=True),
        "PATCH": roles(Role.ADMIN, scope=Scope.MANAGE),
    }
    writes_to_archived = True  # its state alone: that is how it comes back

    @extend_schema(operation_id="projects_read", responses=serializers.ProjectDetail)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(self._seen(self.project))

    @extend_schema(
        operation_id="projects_change",
        request=serializers.ProjectChange,
        responses=serializers.ProjectDetail,
    )
    def patch(self, request: Request, project_id: UUID) -> Response:
        wish = serializers.ProjectChange(data=request.data)
        wish.is_valid(raise_exception=True)
        project = services.change_project(
            actor=self.person, project=self.project, changes=wish.validated_data
        )
        return Response(self._seen(project))

    def _seen(self, project: Project) -> Any:
        only_labeler = self.roles == {Role.LABELER}
        form = serializers.ProjectSummary if only_labeler else serializers.ProjectDetail
        return form(project).data


class MembersView(TiebreakView):
    """Who works in the project."""

    access = {
        "GET": roles(Role.ADMIN, Role.REVIEWER),
        "POST": roles(Role.ADMIN, scope=Scope.MANAGE),
    }

    @extend_schema(
        operation_id="members_list", parameters=PAGE_QUERY, responses=page_of(serializers.Member)
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, selectors.members_of(self.project), serializers.Member)

    @extend_schema(
        operation_id="members_add",
        request=serializers.NewMember,
        responses={201: serializers.Member},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = serializers.NewMember(data=request.data)
        wish.is_valid(raise_exception=True)
        person = services.add_member(actor=self.person, project=self.project, **wish.validated_data)
        return Response(member_data(self, person.id), status=201)


class MemberView(TiebreakView):
    """One member."""

    access = {
        "PATCH": roles(Role.ADMIN, scope=Scope.MANAGE),
        "DELETE": roles(Role.ADMIN, scope=Scope.MANAGE),
    }

    @extend_schema(
        operation_id="members_change",
        request=serializers.MemberRoles,
        responses=serializers.Member,
    )
    def patch(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        member = member_of(self.project, user_id)
        wish = serializers.MemberRoles(data=request.data)
        wish.is_valid(raise_exception=True)
        services.change_roles(
            actor=self.person,
            project=self.project,
            person=member,
            roles=wish.validated_data["roles"],
        )
        return Response(member_data(self, user_id))

    @extend_schema(operation_id="members_remove", responses={204: None})
    def delete(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        services.remove_member(
            actor=self.person, project=self.project, person=member_of(self.project, user_id)
        )
        return Response(status=204)


def member_of(project: Project, user_id: UUID) -> User:
    """A member of the project; raises NotFound."""
    person = selectors.members_of(project).filter(id=user_id).first()
    if person is None:
        raise exceptions.NotFound("There is no such thing here.")
    return person


def member_data(view: TiebreakView, user_id: UUID) -> Any:
    """A member as the API shows it to the caller of `view`."""
    person = selectors.members_of(view.project).get(id=user_id)
    return serializers.Member(person, context={"view": view}).data


class GuidelinesView(TiebreakView):
    """All versions of the instructions, newest first."""

    access = {
        "GET": roles(*EVERY_ROLE),
        "POST": roles(Role.ADMIN, scope=Scope.MANAGE),
    }

    @extend_schema(
        operation_id="guidelines_list",
        parameters=PAGE_QUERY,
        responses=page_of(serializers.Guideline),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, selectors.guidelines_of(self.project), serializers.Guideline)

    @extend_schema(
        operation_id="guidelines_publish",
        request=serializers.NewGuideline,
        responses={201: serializers.Guideline},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = serializers.NewGuideline(data=request.data)
        wish.is_valid(raise_exception=True)
        version = services.publish_guidelines(
            actor=self.person, project=self.project, **wish.validated_data
        )
        return Response(serializers.Guideline(version).data, status=201)


class LatestGuidelineView(TiebreakView):
    """The instructions that hold now."""

    access = {"GET": roles(*EVERY_ROLE)}

    @extend_schema(operation_id="guidelines_latest", responses=serializers.LatestGuideline)
    def get(self, request: Request, project_id: UUID) -> Response:
        version = selectors.latest_guidelines(self.project)
        if version is None:
            raise exceptions.NotFound("No guidelines were published yet.")
        read = selectors.last_read_guidelines(self.person, self.project)
        version.last_read = read  # type: ignore[attr-defined]
        return Response(serializers.LatestGuideline(version).data)


class GuidelineReadView(TiebreakView):
    """I have read this version."""

    access = {"POST": roles(*EVERY_ROLE, scope=Scope.LABEL)}

    @extend_schema(operation_id="guidelines_mark_read", request=None, responses={204: None})
    def post(self, request: Request, project_id: UUID, number: int) -> Response:
        services.mark_guidelines_read(reader=self.person, project=self.project, number=number)
        return Response(status=204)
