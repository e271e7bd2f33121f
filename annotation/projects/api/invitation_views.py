"""Invitations by link: made, listed and taken back by admins; opened by whoever holds one."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import Scope
from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.projects import invitations
from annotation.projects.api import people_serializers as forms
from annotation.projects.api.access import TiebreakView, public, roles, signed_in
from annotation.projects.models import Role


class InvitationsView(TiebreakView):
    """The links of a project, newest first."""

    access = {"GET": roles(Role.ADMIN), "POST": roles(Role.ADMIN, scope=Scope.MANAGE)}

    @extend_schema(
        operation_id="invitations_list",
        parameters=PAGE_QUERY,
        responses=page_of(forms.InvitationRow),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, invitations.invitations_of(self.project), forms.InvitationRow)

    @extend_schema(
        operation_id="invitations_make",
        request=forms.NewInvitation,
        responses={201: forms.MadeInvitation},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = forms.NewInvitation(data=request.data)
        wish.is_valid(raise_exception=True)
        made, token = invitations.invite(
            actor=self.person, project=self.project, **wish.validated_data
        )
        link = f"{request.build_absolute_uri('/join')}#{token}"
        made.uses = 0  # type: ignore[attr-defined]
        made.token = token  # type: ignore[attr-defined]
        made.mailed = invitations.send(invitation=made, link=link)  # type: ignore[attr-defined]
        return Response(forms.MadeInvitation(made).data, status=201)


class InvitationView(TiebreakView):
    """One link."""

    access = {"DELETE": roles(Role.ADMIN, scope=Scope.MANAGE)}

    @extend_schema(operation_id="invitations_revoke", responses={204: None})
    def delete(self, request: Request, project_id: UUID, invitation_id: UUID) -> Response:
        found = invitations.invitation_of(self.project, invitation_id)
        invitations.revoke(actor=self.person, invitation=found)
        return Response(status=204)


class OpenInvitationView(TiebreakView):
    """What is behind a link. The token comes in the body, so that it stands in no log."""

    access = {"POST": public()}

    @extend_schema(
        operation_id="invitations_open",
        request=forms.InvitationToken,
        responses=forms.OpenedInvitation,
    )
    def post(self, request: Request) -> Response:
        wish = forms.InvitationToken(data=request.data)
        wish.is_valid(raise_exception=True)
        person = request.user if request.user.is_authenticated else None
        found = invitations.opened(wish.validated_data["token"], person)
        return Response(forms.OpenedInvitation(found).data)


class AcceptInvitationView(TiebreakView):
    """I join."""

    access = {"POST": signed_in(Scope.MANAGE)}

    @extend_schema(
        operation_id="invitations_accept", request=forms.InvitationToken, responses=forms.Joined
    )
    def post(self, request: Request) -> Response:
        wish = forms.InvitationToken(data=request.data)
        wish.is_valid(raise_exception=True)
        project = invitations.accept(token=wish.validated_data["token"], person=self.person)
        return Response({"project_id": project.id, "username": self.person.username})


class SignUpView(TiebreakView):
    """An account for whoever holds the link; signing in comes after it, as for everybody."""

    access = {"POST": public()}

    @extend_schema(
        operation_id="invitations_sign_up", request=forms.SignUp, responses={201: forms.Joined}
    )
    def post(self, request: Request) -> Response:
        wish = forms.SignUp(data=request.data)
        wish.is_valid(raise_exception=True)
        person, project = invitations.sign_up(**wish.validated_data)
        return Response({"project_id": project.id, "username": person.username}, status=201)
