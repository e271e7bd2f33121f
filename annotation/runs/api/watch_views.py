"""Endpoints to watch runs more closely, and to plan them: log, samples, the line, estimates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from csp.constants import HEADER as CSP_HEADER
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.services import record
from annotation.lib import parts, presence
from annotation.lib.errors import Missing
from annotation.projects.api.access import TiebreakView, roles
from annotation.registry import store
from annotation.runs import estimates, hosts, launching, selectors
from annotation.runs.api import lookups
from annotation.runs.api.serializers import JUDGMENTS, RunPlacesSerializer, RunSerializer
from annotation.runs.api.views import AFTER, READERS, RunAccess
from annotation.runs.api.watch_serializers import (
    RunEstimateRequestSerializer,
    RunEstimateSerializer,
    RunFilesSerializer,
    RunLogSerializer,
    RunPrioritySerializer,
    RunQueueSerializer,
    RunSampleSerializer,
    RunSamplesSerializer,
)
from annotation.runs.behind import judgments_behind
from annotation.runs.kinds import INPUTS
from annotation.runs.services import lifecycle


class RunLogView(RunAccess):
    """The last lines that the trainer printed, without secrets and folders."""

    access = {"GET": roles(*READERS)}
    query = frozenset()

    @extend_schema(operation_id="run_log_retrieve", responses=RunLogSerializer)
    def get(self, request: Request, run_id: UUID) -> Response:
        found = selectors.log(run_id)
        empty = {"text": "", "cut": False, "updated_at": None}
        return Response(RunLogSerializer(found).data if found else empty)


class RunSamplesView(RunAccess):
    """What the policy said to a few prompts as it trained, beside what its reference says."""

    access = {"GET": roles(*READERS)}
    query = frozenset({"after"})

    @extend_schema(
        operation_id="run_samples_list", parameters=[AFTER], responses=RunSamplesSerializer
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        after = lookups.cursor_after(request)
        found = selectors.samples_after(run_id=run_id, after=after)
        last = found[-1].id if found else after
        return Response({"results": RunSampleSerializer(found, many=True).data, "last": last})


class RunFilesView(RunAccess):
    """The files that the trainer wrote for people: what the policy said, a report, what was left out."""

    access = {"GET": roles(*READERS)}
    query = frozenset()

    @extend_schema(operation_id="run_files_list", responses=RunFilesSerializer)
    def get(self, request: Request, run_id: UUID) -> Response:
        kept = self.run.files
        sizes = store.sizes_of(kept) if kept is not None else {}
        rows = [
            {"name": name, "bytes": size, "sha256": kept.files[name]}
            for name, size in sorted(sizes.items())
            if kept is not None
        ]
        return Response(RunFilesSerializer({"results": rows}).data)


class RunFileView(RunAccess):
    """One of these files. What a model wrote is in it, so that it is never shown as a page."""

    access = {"GET": roles(*READERS)}
    query = frozenset()

    @extend_schema(
        operation_id="run_files_download",
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            (206, "application/octet-stream"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, run_id: UUID, filename: str) -> HttpResponseBase:
        kept = self.run.files
        sizes = store.sizes_of(kept) if kept is not None else {}
        if kept is None or filename not in sizes:
            raise Missing("There is no such file.")
        answer = parts.sent(
            request._request,
            [store.sendable(kept, filename, sizes[filename])],
            name=f"run-{self.run.number}-{filename}",
            tag=f"{kept.digest}/{filename}",
        )
        answer.headers[CSP_HEADER] = "sandbox; default-src 'none'; frame-ancestors 'none'"
        if answer.status_code != 416 and parts.is_from_the_start(request._request):
            record(
                actor=lookups.person(request),
                action="run.downloaded",
                thing=self.run,
                after={"file": filename, "sha256": kept.files[filename]},
            )
        return answer


class RunPriorityView(RunAccess):
    """Move a run that waits forward or back in the line of its project."""

    access = {"POST": roles(*READERS, scope="train")}

    @extend_schema(
        operation_id="runs_set_priority", request=RunPrioritySerializer, responses=RunSerializer
    )
    def post(self, request: Request, run_id: UUID) -> Response:
        self.require_control()
        wish = RunPrioritySerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        lifecycle.set_priority(
            run=self.run,
            priority=wish.validated_data["priority"],
            actor=lookups.person(request),
        )
        return Response(RunSerializer(selectors.run(run_id)).data)


class RunQueueView(TiebreakView):
    """The project's runs that wait: for a worker, each with its place among all projects' runs, for the
    other hosts of the run, or for their next try."""

    access = {"GET": roles(*READERS)}
    query = frozenset()

    @extend_schema(operation_id="run_queue_list", responses=RunQueueSerializer)
    def get(self, request: Request, project_id: UUID) -> Response:
        found = selectors.waiting(project_id)
        programs = presence.present()
        rows = [
            {
                "place": place,
                "run": run,
                "waits_because": hosts.why_waiting(run, programs, is_in_line=place is not None),
                "workers": hosts.there_for(run, programs),
            }
            for run, place in found
        ]
        judgments = judgments_behind([run for run, _ in found])
        return Response(RunQueueSerializer({"results": rows}, context={JUDGMENTS: judgments}).data)


class RunPlacesView(TiebreakView):
    """The accelerate configurations that runs may name, and the workers that are there."""

    access = {"GET": roles(*READERS)}
    query = frozenset()

    @extend_schema(operation_id="run_places_retrieve", responses=RunPlacesSerializer)
    def get(self, request: Request, project_id: UUID) -> Response:
        programs = presence.present()
        found = {
            "launches": [_option(*one) for one in launching.offered()],
            "kinds": launching.LAUNCHABLE,
            "workers": None if programs is None else hosts.counted(programs, "train"),
        }
        return Response(RunPlacesSerializer(found).data)


def _option(name: str, launch: launching.Launch | None, problem: str) -> dict[str, Any]:
    return {
        "name": name,
        "problem": problem,
        "distributed_type": launch.distributed_type if launch else "",
        "processes": launch.processes if launch else None,
        "machines": launch.machines if launch else None,
        "mixed_precision": launch.mixed_precision if launch else "",
        "needs": launch.needs if launch else "",
    }


class RunEstimatesView(TiebreakView):
    """What a run would take, before it is started. Makes nothing."""

    access = {"POST": roles("ml")}
    query = frozenset()

    @extend_schema(
        operation_id="runs_estimate",
        request=RunEstimateRequestSerializer,
        responses=RunEstimateSerializer,
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = RunEstimateRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        data = wish.validated_data
        found = estimates.estimate(
            project_id=project_id,
            kind=data["kind"],
            config=data.get("config") or {},
            inputs=lookups.rows(project_id, {name: data.get(name) for name in INPUTS}),
            launch=data.get("launch", ""),
            needs=data.get("needs", ""),
        )
        return Response(RunEstimateSerializer(found).data)
