"""The signed-in person and their API tokens.

They stand here and not in accounts, because the answer names projects and accounts knows none.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import ApiToken, Scope
from annotation.accounts.selectors import has_second_factor, preferences_of, tokens_of
from annotation.accounts.services import change_profile, issue_token, revoke_token
from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.projects.api import serializers
from annotation.projects.api.access import TiebreakView, require_factor_of, signed_in
from annotation.projects.selectors import held_by, memberships_of


class MeView(TiebreakView):
    """Who am I, and where do I work?"""

    access = {"GET": signed_in(), "PATCH": signed_in(Scope.MANAGE)}

    @extend_schema(operation_id="me_read", responses=serializers.Me)
    def get(self, request: Request) -> Response:
        return Response(self._me())

    @extend_schema(operation_id="me_change", request=serializers.MeChange, responses=serializers.Me)
    def patch(self, request: Request) -> Response:
        wish = serializers.MeChange(data=request.data)
        wish.is_valid(raise_exception=True)
        changes = dict(wish.validated_data)
        preferences = changes.pop("preferences", None)
        change_profile(person=self.person, changes=changes, preferences=preferences)
        return Response(self._me())

    def _me(self) -> dict[str, Any]:
        person = self.person
        memberships = [
            {"project": project, "roles": roles, "suspended": suspended}
            for project, roles, suspended in memberships_of(person)
        ]
        return serializers.Me(
            {
                "id": person.id,
                "username": person.username,
                "display_name": person.display_name,
                "locale": person.locale,
                "email": person.email,
                "is_staff": person.is_staff,
                "back_office": person.is_staff and settings.ENV.enable_admin,
                "has_password": person.has_usable_password(),
                "has_second_factor": has_second_factor(person),
                "needs_second_factor": sorted(settings.REQUIRE_MFA_FOR & held_by(person)),
                "memberships": memberships,
                "preferences": preferences_of(person),
            }
        ).data


class SessionOnly(TiebreakView):
    """A token can neither see nor make tokens, nor end sessions."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if isinstance(request.auth, ApiToken):
            raise exceptions.PermissionDenied("This is managed in a signed-in session.")


class TokensView(SessionOnly):
    """My API tokens."""

    access = {"GET": signed_in(), "POST": signed_in(Scope.MANAGE)}

    @extend_schema(
        operation_id="tokens_list", parameters=PAGE_QUERY, responses=page_of(serializers.Token)
    )
    def get(self, request: Request) -> Response:
        return paged(self, tokens_of(self.person), serializers.Token)

    @extend_schema(
        operation_id="tokens_create",
        request=serializers.NewToken,
        responses={201: serializers.IssuedToken},
    )
    def post(self, request: Request) -> Response:
        require_factor_of(self.person, held_by(self.person))
        wish = serializers.NewToken(data=request.data)
        wish.is_valid(raise_exception=True)
        token, secret = issue_token(user=self.person, **wish.validated_data)
        token.secret = secret  # type: ignore[attr-defined]
        return Response(serializers.IssuedToken(token).data, status=201)


class TokenView(SessionOnly):
    """One API token of mine."""

    access = {"DELETE": signed_in(Scope.MANAGE)}

    @extend_schema(operation_id="tokens_revoke", responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        token = tokens_of(self.person).filter(id=token_id).first()
        if token is None:
            raise exceptions.NotFound("There is no such thing here.")
        revoke_token(actor=self.person, token=token)
        return Response(status=204)
