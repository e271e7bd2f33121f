"""Endpoints of runs: start, name, watch, cancel, retry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.lib.api import Cursor, page_of, paged
from annotation.projects.api.access import TiebreakView, roles, signed_in
from annotation.runs import selectors
from annotation.runs.api import lookups
from annotation.runs.api.serializers import (
    RunChangeSerializer,
    RunEventSerializer,
    RunEventsSerializer,
    RunIssueSerializer,
    RunMetricSerializer,
    RunMetricsSerializer,
    RunRequestSerializer,
    RunSerializer,
    SnapshotSerializer,
)
from annotation.runs.kinds import INPUTS, schemas
from annotation.runs.models import Run
from annotation.runs.services import lifecycle
from annotation.runs.services.creation import create_run
from annotation.runs.services.model_imports import is_model_import

READERS = ("ml", "admin")
KEY = OpenApiParameter("Idempotency-Key", OpenApiTypes.UUID, OpenApiParameter.HEADER)
AFTER = OpenApiParameter("after", int, description="the last id already seen")
PAGE = [OpenApiParameter("cursor", str), OpenApiParameter("page_size", int)]


class RunKindsView(TiebreakView):
    """The JSON schema of every kind's settings, for the forms."""

    access = {"GET": signed_in()}
    query = frozenset()

    @extend_schema(operation_id="run_kinds_retrieve", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        return Response(schemas())


class RunsView(TiebreakView):
    """A project's runs."""

    access = {"GET": roles(*READERS), "POST": roles("ml", scope="train")}
    query = frozenset({"kind", "status", "name"})
    ordering = Cursor.ordering

    @extend_schema(
        operation_id="runs_list",
        parameters=[
            OpenApiParameter("kind", str, enum=Run.Kind.values),
            OpenApiParameter("status", str, enum=Run.Status.values),
            OpenApiParameter("name", str, description="only runs whose name holds this"),
            *PAGE,
        ],
        responses=page_of(RunSerializer),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        found = selectors.runs(
            project_id=project_id,
            kind=lookups.choice(request, "kind", Run.Kind.values),
            status=lookups.choice(request, "status", Run.Status.values),
            name=lookups.text(request, "name", longest=80),
        )
        return paged(self, found, RunSerializer)

    @extend_schema(
        operation_id="runs_create",
        parameters=[KEY],
        request=RunRequestSerializer,
        responses={202: RunSerializer},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = RunRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        data = wish.validated_data
        inputs = lookups.rows(project_id, {name: data.get(name) for name in (*INPUTS, "waits_for")})
        run = create_run(
            project=self.project,
            kind=data["kind"],
            config=data.get("config"),
            requested_by=lookups.person(request),
            make_items=data.get("make_items"),
            idempotency_key=lookups.idempotency_key(request),
            priority=data.get("priority", 0),
            launch=data.get("launch", ""),
            needs=data.get("needs", ""),
            name=data.get("name", ""),
            note=data.get("note", ""),
            **inputs,
        )
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class RunAccess(TiebreakView):
    """What the views on one run share."""

    run: Run

    def project_id_of(self, **kwargs: Any) -> UUID:
        self.run = selectors.run(kwargs["run_id"])
        return self.run.project_id

    def require_control(self) -> None:
        """Imports of rows belong to admins, exports to both, everything else to ML engineers."""
        needed = {Run.Kind.IMPORT: {"admin"}, Run.Kind.EXPORT: {"admin", "ml"}}
        allowed = needed.get(Run.Kind(self.run.kind), {"ml"})
        if is_model_import(self.run):
            allowed = {"ml"}
        if not self.roles & allowed:
            words = ", ".join(sorted(allowed))
            raise exceptions.PermissionDenied(f"This needs one of the roles: {words}.")


class RunView(RunAccess):
    """One run; its name and note can be changed at any time."""

    access = {"GET": roles(*READERS), "PATCH": roles("ml", scope="train")}
    query = frozenset()

    @extend_schema(operation_id="runs_retrieve", responses=RunSerializer)
    def get(self, request: Request, run_id: UUID) -> Response:
        return Response(RunSerializer(self.run).data)

    @extend_schema(operation_id="runs_change", request=RunChangeSerializer, responses=RunSerializer)
    def patch(self, request: Request, run_id: UUID) -> Response:
        wish = RunChangeSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        lifecycle.describe(run=self.run, changes=wish.validated_data, actor=lookups.person(request))
        return Response(RunSerializer(selectors.run(run_id)).data)


class RunMetricsView(RunAccess):
    access = {"GET": roles(*READERS)}
    query = frozenset({"after"})

    @extend_schema(
        operation_id="run_metrics_list", parameters=[AFTER], responses=RunMetricsSerializer
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        after = lookups.cursor_after(request)
        found = selectors.metrics_after(run_id=run_id, after=after)
        last = found[-1].id if found else after
        return Response({"results": RunMetricSerializer(found, many=True).data, "last": last})


class RunEventsView(RunAccess):
    access = {"GET": roles(*READERS)}
    query = frozenset({"after"})

    @extend_schema(
        operation_id="run_events_list", parameters=[AFTER], responses=RunEventsSerializer
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        after = lookups.cursor_after(request)
        found = selectors.events_after(run_id=run_id, after=after)
        last = found[-1].id if found else after
        return Response({"results": RunEventSerializer(found, many=True).data, "last": last})


class RunIssuesView(RunAccess):
    access = {"GET": roles(*READERS)}
    query = frozenset()
    ordering = ("line", "id")

    @extend_schema(
        operation_id="run_issues_list", parameters=PAGE, responses=page_of(RunIssueSerializer)
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        return paged(self, selectors.issues(run_id), RunIssueSerializer)


class CancelRunView(RunAccess):
    access = {"POST": roles(*READERS, scope="train")}

    @extend_schema(operation_id="runs_cancel", request=None, responses=RunSerializer)
    def post(self, request: Request, run_id: UUID) -> Response:
        self.require_control()
        lifecycle.cancel(run=self.run, actor=lookups.person(request))
        return Response(RunSerializer(selectors.run(run_id)).data)


class RetryRunView(RunAccess):
    access = {"POST": roles(*READERS, scope="train")}

    @extend_schema(operation_id="runs_retry", request=None, responses=RunSerializer)
    def post(self, request: Request, run_id: UUID) -> Response:
        self.require_control()
        lifecycle.retry(run=self.run, actor=lookups.person(request))
        return Response(RunSerializer(selectors.run(run_id)).data)


class SnapshotsView(TiebreakView):
    """A project's snapshots."""

    access = {"GET": roles(*READERS)}
    query = frozenset()

    @extend_schema(
        operation_id="snapshots_list", parameters=PAGE, responses=page_of(SnapshotSerializer)
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, selectors.snapshots(project_id), SnapshotSerializer)


class SnapshotView(TiebreakView):
    access = {"GET": roles(*READERS)}
    query = frozenset()

    def project_id_of(self, **kwargs: Any) -> UUID:
        self.snapshot = selectors.snapshot(kwargs["snapshot_id"])
        return self.snapshot.project_id

    @extend_schema(operation_id="snapshots_retrieve", responses=SnapshotSerializer)
    def get(self, request: Request, snapshot_id: UUID) -> Response:
        return Response(SnapshotSerializer(self.snapshot).data)
