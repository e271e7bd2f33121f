"""Datasets over HTTP: started as runs, kept by digest, downloaded whole or from any position."""

import json
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.services import record
from annotation.delivery import services
from annotation.delivery.api import forms
from annotation.delivery.models import Export, Licence
from annotation.labeling.api.serializers import valid
from annotation.labeling.filters import Filter
from annotation.lib import parts
from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.lib.errors import Missing
from annotation.lib.storage import NotStored
from annotation.projects.api.access import TiebreakView, roles
from annotation.registry import store
from annotation.runs.api import lookups
from annotation.runs.api.views import KEY
from annotation.runs.models import DatasetSnapshot

MAKERS = ("admin", "ml")


class DatasetsView(TiebreakView):
    """The datasets of a project, newest first."""

    access = {"GET": roles(*MAKERS), "POST": roles(*MAKERS, scope="manage")}
    query = frozenset()

    @extend_schema(
        operation_id="datasets_list", parameters=PAGE_QUERY, responses=page_of(forms.DatasetRow)
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        found = Export.objects.filter(project=self.project).select_related("snapshot", "artifact")
        return paged(self, found, forms.DatasetRow)

    @extend_schema(
        operation_id="datasets_start",
        parameters=[KEY],
        request=forms.NewDataset,
        responses={202: forms.DatasetStarted},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = dict(valid(forms.NewDataset, request))
        snapshot = None
        if (key := wish.pop("snapshot", None)) is not None:
            snapshot = DatasetSnapshot.objects.filter(project=self.project, pk=key).first()
            if snapshot is None:
                raise exceptions.ValidationError({"snapshot": ["No such snapshot here."]})
        if "filter" in wish:
            wish["filter"] = Filter.of(dict(wish["filter"])).as_json()
        if (estimate := wish.get("reliability_estimate")) is not None:
            wish["reliability_estimate"] = str(estimate)
        if wish.get("cut_off") is not None:
            wish["cut_off"] = wish["cut_off"].isoformat()
        run = services.start_export(
            actor=self.person,
            project=self.project,
            wish=wish,
            snapshot=snapshot,
            idempotency_key=lookups.idempotency_key(request),
        )
        return Response({"run": run.pk}, status=202)


class DatasetBase(TiebreakView):
    """What the views on one dataset share."""

    access = {"GET": roles(*MAKERS)}
    thing = ("delivery_export", "dataset_id")
    query = frozenset()

    def dataset(self, dataset_id: UUID) -> Export:
        return Export.objects.select_related("snapshot", "artifact").get(pk=dataset_id)

    def sent(
        self, request: Request, dataset: Export, name: str, segments: parts.Segments
    ) -> HttpResponseBase:
        """The bytes, or those of the range that is asked for. The tag is the content's own."""
        tag = f"{dataset.artifact_id}/{name}"
        answer = parts.sent(request._request, segments, name=name, tag=tag)
        if answer.status_code != 416 and parts.is_from_the_start(request._request):
            self._told(dataset, name)
        return answer

    def _told(self, dataset: Export, name: str) -> None:
        record(
            actor=self.person,
            action="dataset.downloaded",
            thing=dataset,
            after={"file": name, "digest": dataset.artifact_id},
        )


class DatasetView(DatasetBase):
    """One dataset with its card."""

    @extend_schema(operation_id="datasets_retrieve", responses=forms.DatasetDetail)
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = self.dataset(dataset_id)
        row = forms.DatasetRow(dataset).data
        try:
            content = json.loads(store.beginning_of(dataset.artifact, "card.json"))
        except NotStored:
            raise Missing("The files of this dataset are no longer kept.") from None
        return Response({**row, "files": sorted(dataset.artifact.files), "card": content})


class FileView(DatasetBase):
    """One file of a dataset."""

    @extend_schema(
        operation_id="datasets_file",
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            (206, "application/octet-stream"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, dataset_id: UUID, filename: str) -> HttpResponseBase:
        dataset = self.dataset(dataset_id)
        sizes = store.sizes_of(dataset.artifact)
        if filename not in sizes:
            raise Missing
        segments = [store.sendable(dataset.artifact, filename, sizes[filename])]
        return self.sent(request, dataset, filename, segments)


class ArchiveView(DatasetBase):
    """All files of a dataset as one tar."""

    @extend_schema(
        operation_id="datasets_archive",
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            (206, "application/octet-stream"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, dataset_id: UUID) -> HttpResponseBase:
        dataset = self.dataset(dataset_id)
        sizes = store.sizes_of(dataset.artifact)
        if set(sizes) != set(dataset.artifact.files):
            raise Missing("The files of this dataset are no longer kept.")
        files = [
            (path, store.sendable(dataset.artifact, path, size)) for path, size in sizes.items()
        ]
        name = f"dataset-{dataset.artifact_id[:12]}"
        segments = parts.of_archive(name, files)
        return self.sent(request, dataset, f"{name}.tar", segments)


class LicenceView(TiebreakView):
    """Under which terms the project's data goes out."""

    access = {"GET": roles(*MAKERS), "PUT": roles("admin", scope="manage")}
    query = frozenset()

    @extend_schema(operation_id="licence_retrieve", responses=forms.LicenceForm)
    def get(self, request: Request, project_id: UUID) -> Response:
        found = Licence.objects.filter(project=self.project).first()
        return Response({"name": found.name if found else ""})

    @extend_schema(
        operation_id="licence_set", request=forms.LicenceForm, responses=forms.LicenceForm
    )
    def put(self, request: Request, project_id: UUID) -> Response:
        given = valid(forms.LicenceForm, request)
        name = services.set_licence(actor=self.person, project=self.project, name=given["name"])
        return Response({"name": name})
