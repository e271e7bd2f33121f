"""Deleting a person, by themselves or by staff: what it would do, the deletion; and the notices of it."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import Scope, User
from annotation.lib.api import PAGE_QUERY, StrictSerializer, page_of, paged
from annotation.lib.errors import Invalid
from annotation.projects.api.access import TiebreakView, require_factor_of, roles, signed_in
from annotation.projects.api.people_views import SessionOnly
from annotation.projects.models import Role
from annotation.runs.models import Erasure, ErasureMark
from annotation.runs.services import erasing


class ErasurePreviewSerializer(StrictSerializer):
    """What a deletion would do, in counts. It cannot be undone."""

    username = serializers.CharField(help_text="to be typed to confirm")
    projects = serializers.IntegerField()
    rankings = serializers.IntegerField(help_text="that count now")
    demonstrations = serializers.IntegerField(help_text="that count now")
    other_judgments = serializers.IntegerField(help_text="surplus or withdrawn; kept either way")
    drafts = serializers.IntegerField()
    leases = serializers.IntegerField()
    items_reopened = serializers.IntegerField(help_text="if the judgments are withdrawn")
    snapshots = serializers.IntegerField(help_text="that hold judgments of this person")
    versions = serializers.IntegerField(help_text="that were made of those")
    runs = serializers.IntegerField()
    is_last_admin_of = serializers.ListField(child=serializers.CharField())


class ErasureWishSerializer(StrictSerializer):
    judgments = serializers.ChoiceField(choices=Erasure.Judgments.choices)
    confirm = serializers.CharField(max_length=150, trim_whitespace=False)


class ErasureSerializer(StrictSerializer):
    """A deletion. Where `finished` is false, sending it again goes on with it."""

    pseudonym = serializers.CharField(source="person.display_name")
    judgments = serializers.ChoiceField(choices=Erasure.Judgments.choices)
    withdrawn = serializers.IntegerField()
    finished = serializers.SerializerMethodField()

    def get_finished(self, erasure: Erasure) -> bool:
        return erasure.finished_at is not None


class _OfPerson(SessionOnly):
    """The person themself, or staff; for everybody else there is nobody."""

    subject: User

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        is_self = self.person.pk == kwargs["user_id"]
        found = User.objects.filter(pk=kwargs["user_id"]).first()
        if found is None or not (is_self or self.person.is_staff):
            raise exceptions.NotFound("There is no such thing here.")
        if not is_self:
            require_factor_of(self.person, ["staff"])
            if found.is_superuser and not self.person.is_superuser:
                raise exceptions.PermissionDenied("Only a superuser deletes a superuser.")
        self.subject = found


class ErasureView(_OfPerson):
    """Deleting a person for good."""

    access = {"GET": signed_in(), "POST": signed_in(Scope.MANAGE)}

    @extend_schema(operation_id="people_erasure_preview", responses=ErasurePreviewSerializer)
    def get(self, request: Request, user_id: UUID) -> Response:
        return Response(ErasurePreviewSerializer(erasing.preview(self.subject)).data)

    @extend_schema(
        operation_id="people_erase", request=ErasureWishSerializer, responses=ErasureSerializer
    )
    def post(self, request: Request, user_id: UUID) -> Response:
        wish = ErasureWishSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        erasure = erasing.erase(actor=self.person, person=self.subject, **wish.validated_data)
        return Response(ErasureSerializer(erasure).data)


class ErasureMarkSerializer(StrictSerializer):
    """A snapshot, version or run that holds judgments which were withdrawn by a deletion since."""

    id = serializers.UUIDField()
    snapshot = serializers.UUIDField(source="snapshot_id", allow_null=True)
    version = serializers.UUIDField(source="version_id", allow_null=True)
    run = serializers.UUIDField(source="run_id", allow_null=True)
    judgments = serializers.IntegerField()
    at = serializers.DateTimeField(source="created_at")


class ErasureMarksView(TiebreakView):
    """What in the project was made of judgments that deletions withdrew since."""

    access = {"GET": roles(Role.ADMIN, Role.ML, Role.REVIEWER)}
    query = frozenset({"about"})

    @extend_schema(
        operation_id="erasure_marks_list",
        parameters=[*PAGE_QUERY, OpenApiParameter("about", UUID, description="id of one of them")],
        responses=page_of(ErasureMarkSerializer),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        found = ErasureMark.objects.filter(
            Q(snapshot__project=self.project)
            | Q(version__project=self.project)
            | Q(run__project=self.project)
        )
        if about := request.query_params.get("about"):
            try:
                key = UUID(about)
            except ValueError:
                raise Invalid(("about", "no_uuid", "This is no id.")) from None
            found = found.filter(Q(snapshot=key) | Q(version=key) | Q(run=key))
        return paged(self, found, ErasureMarkSerializer)
