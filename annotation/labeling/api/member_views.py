"""Suspending members. It stands here because leases go back with it."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import Scope
from annotation.labeling import services
from annotation.lib.api import StrictSerializer
from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.api.views import member_of
from annotation.projects.models import Role


class SuspensionWish(StrictSerializer):
    """Why; told to admins in the audit trail."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class Suspended(StrictSerializer):
    """How many items at hand went back to the others."""

    given_back = serializers.IntegerField()


class SuspensionView(TiebreakView):
    """A member at rest: gets nothing new, keeps what they did, may still sign in."""

    access = {
        "PUT": roles(Role.ADMIN, scope=Scope.MANAGE),
        "DELETE": roles(Role.ADMIN, scope=Scope.MANAGE),
    }

    @extend_schema(operation_id="members_suspend", request=SuspensionWish, responses=Suspended)
    def put(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        person = member_of(self.project, user_id)
        wish = SuspensionWish(data=request.data)
        wish.is_valid(raise_exception=True)
        given_back = services.suspend(
            actor=self.person, project=self.project, person=person, **wish.validated_data
        )
        return Response({"given_back": given_back})

    @extend_schema(operation_id="members_unsuspend", responses={204: None})
    def delete(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        person = member_of(self.project, user_id)
        services.unsuspend(actor=self.person, project=self.project, person=person)
        return Response(status=204)
