"""Where somebody is signed in, and ending that."""

from uuid import UUID

from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts import services as accounts
from annotation.accounts.models import Scope, User
from annotation.accounts.selectors import sessions_of
from annotation.projects.api import people_serializers as forms
from annotation.projects.api.access import TiebreakView, roles, signed_in, staff
from annotation.projects.api.people_views import SessionOnly
from annotation.projects.api.views import member_of
from annotation.projects.models import Role


class MyFactorPictureView(SessionOnly):
    """The secret that is being set up in this session, as a picture for the authenticator app."""

    access = {"GET": signed_in()}

    @extend_schema(operation_id="my_second_factor_qr", responses=forms.FactorPicture)
    def get(self, request: Request) -> Response:
        secret = request.session.get(SECRET_SESSION_KEY)
        if not secret:
            raise exceptions.NotFound("Nothing is being set up here.")
        making = mfa_adapter()
        return Response({"svg": making.build_totp_svg(making.build_totp_url(self.person, secret))})


class MySessionsView(SessionOnly):
    """Where I am signed in; ending all but this one."""

    access = {"GET": signed_in(), "DELETE": signed_in(Scope.MANAGE)}

    @extend_schema(
        operation_id="my_sessions_list",
        responses=forms.SessionRow(many=True),
        filters=False,
    )
    def get(self, request: Request) -> Response:
        context = {"key": request.session.session_key}
        rows = forms.SessionRow(sessions_of(self.person), many=True, context=context)
        return Response(rows.data)

    @extend_schema(operation_id="my_sessions_end_others", responses={200: forms.EndedSessions})
    def delete(self, request: Request) -> Response:
        here = request.session.session_key
        others = [one.session_key for one in sessions_of(self.person) if one.session_key != here]
        ended = accounts.end_sessions(actor=self.person, person=self.person, keys=others)
        return Response({"ended": ended})


class MySessionView(SessionOnly):
    """One place where I am signed in."""

    access = {"DELETE": signed_in(Scope.MANAGE)}

    @extend_schema(operation_id="my_sessions_end", responses={204: None})
    def delete(self, request: Request, session_id: int) -> Response:
        found = next((one for one in sessions_of(self.person) if one.pk == session_id), None)
        if found is None:
            raise exceptions.NotFound("There is no such thing here.")
        accounts.end_sessions(actor=self.person, person=self.person, keys=[found.session_key])
        return Response(status=204)


class MemberSessionsView(TiebreakView):
    """Sign a member out everywhere: a lost device, a shared password."""

    access = {"DELETE": roles(Role.ADMIN, scope=Scope.MANAGE)}

    @extend_schema(operation_id="members_sign_out", responses={200: forms.EndedSessions})
    def delete(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        person = member_of(self.project, user_id)
        return Response({"ended": accounts.end_sessions(actor=self.person, person=person)})


class PersonAccessView(TiebreakView):
    """Staff end a person's access to everything, or give it back."""

    access = {"PATCH": staff()}

    @extend_schema(
        operation_id="people_access", request=forms.AccessChange, responses=forms.PersonAccess
    )
    def patch(self, request: Request, user_id: UUID) -> Response:
        person = User.objects.filter(pk=user_id).first()
        if person is None:
            raise exceptions.NotFound("There is no such thing here.")
        if person.is_superuser and not self.person.is_superuser:
            raise exceptions.PermissionDenied("Only a superuser changes a superuser.")
        wish = forms.AccessChange(data=request.data)
        wish.is_valid(raise_exception=True)
        changed = accounts.change_person(
            actor=self.person, person=person, changes=wish.validated_data
        )
        return Response(forms.PersonAccess(changed).data)
