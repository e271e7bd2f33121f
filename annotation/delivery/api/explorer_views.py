"""Looking through a project's data over HTTP, and saved views of it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.delivery import explorer, judgments, services
from annotation.delivery.api import forms
from annotation.delivery.models import SavedView
from annotation.labeling.api.serializers import valid
from annotation.labeling.filters import Filter
from annotation.labeling.models import Item, Ranking
from annotation.projects.api.access import TOLD_ORIGIN, TiebreakView, roles

READERS = ("admin", "reviewer", "ml")
STATES = {
    "rankings": Ranking.State.values,
    "demonstrations": Ranking.State.values,
    "items": Item.State.values,
    "pairs": [],
}
WHAT = OpenApiParameter("what", str, OpenApiParameter.PATH, enum=list(STATES))


class ExplorerBase(TiebreakView):
    """What the page and the count share: what is looked at, and the filter from the address."""

    query = frozenset(forms.ExplorerQuery().fields)

    def wanted(self, request: Request, what: str) -> tuple[Filter, str | None]:
        """The filter and the state. Raises NotFound, ValidationError or PermissionDenied."""
        if what not in STATES:
            raise exceptions.NotFound("There is no such thing here.")
        names = forms.ExplorerQuery().fields
        given = {name: value for name, value in request.query_params.items() if name in names}
        form = forms.ExplorerQuery(data=given)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        state = values.pop("state", None)
        if state is not None and state not in STATES[what]:
            known = ", ".join(STATES[what]) or "none"
            raise exceptions.ValidationError({"state": [f"Known here: {known}."]})
        if "policy_version" in values and not self.roles & TOLD_ORIGIN:
            raise exceptions.PermissionDenied("Who wrote a completion is told to admins only.")
        return Filter.of(values), state


class ExplorerView(ExplorerBase):
    """Rankings, demonstrations, items or pairs, newest first."""

    access = {"GET": roles(*READERS)}

    @extend_schema(
        operation_id="explorer_list",
        parameters=[
            WHAT,
            forms.ExplorerQuery,
            OpenApiParameter("cursor", OpenApiTypes.STR, description="from `next`"),
            OpenApiParameter("page_size", OpenApiTypes.INT, description="1 to 200"),
        ],
        responses=forms.ExplorerPage,
    )
    def get(self, request: Request, project_id: UUID, what: str) -> Response:
        chosen, state = self.wanted(request, what)
        size, below = _size(request), _cursor(request)
        page = explorer.page(self.project, what, chosen, state, below, size)
        rows = _rows(what, page.rows, with_origin=bool(self.roles & TOLD_ORIGIN))
        return Response({"next": _next(request, page.following), "results": rows})


class ExplorerCountView(ExplorerBase):
    """How many there are."""

    access = {"GET": roles(*READERS)}

    @extend_schema(
        operation_id="explorer_count",
        parameters=[WHAT, forms.ExplorerQuery],
        responses=forms.ExplorerCount,
    )
    def get(self, request: Request, project_id: UUID, what: str) -> Response:
        chosen, state = self.wanted(request, what)
        found = explorer.count(self.project, what, chosen, state)
        return Response({"number": found.number, "more": found.more})


class JudgmentView(TiebreakView):
    """One judgment with everything as it is stored."""

    access = {"GET": roles(*READERS)}
    query = frozenset()

    def project_id_of(self, **kwargs: Any) -> UUID:
        found = judgments.find(kwargs["judgment_id"])
        if found is None:
            raise exceptions.NotFound("There is no such thing here.")
        self.judgment = found
        return found.project_id

    @extend_schema(operation_id="judgments_retrieve", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, judgment_id: UUID) -> Response:
        with_origin = bool(self.roles & TOLD_ORIGIN)
        return Response(judgments.everything(self.judgment, with_origin))


class SavedViewsView(TiebreakView):
    """My saved views of the project."""

    access = {"GET": roles(*READERS), "POST": roles(*READERS, scope="manage")}
    query = frozenset()

    @extend_schema(operation_id="saved_views_list", responses=forms.SavedViewRow(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        mine = SavedView.objects.filter(project=self.project, owner=self.person).order_by("name")
        return Response(forms.SavedViewRow(mine, many=True).data)

    @extend_schema(
        operation_id="saved_views_save",
        request=forms.NewSavedView,
        responses={201: forms.SavedViewRow},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        given = valid(forms.NewSavedView, request)
        view = services.save_view(owner=self.person, project=self.project, **given)
        view.refresh_from_db()
        return Response(forms.SavedViewRow(view).data, status=201)


class SavedViewView(TiebreakView):
    """One of my saved views."""

    access = {"DELETE": roles(*READERS, scope="manage")}
    query = frozenset()
    thing = ("delivery_savedview", "view_id")

    @extend_schema(operation_id="saved_views_forget", responses={204: None})
    def delete(self, request: Request, view_id: UUID) -> Response:
        services.forget_view(owner=self.person, view=SavedView.objects.get(pk=view_id))
        return Response(status=204)


def _rows(what: str, found: list[Any], with_origin: bool) -> list[dict[str, Any]]:
    if what == "items":
        return [judgments.item_row(one) for one in found]
    if what == "demonstrations":
        return [judgments.demonstration_row(one) for one in found]
    if what == "rankings":
        return [judgments.ranking_row(one, with_origin) for one in found]
    by_id = {ranking.pk: ranking for ranking in found}
    return [judgments.pair_row(pair, by_id[pair.ranking_id]) for pair in explorer.pairs_of(found)]


def _size(request: Request) -> int:
    text = request.query_params.get("page_size", "50")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 200):
        raise exceptions.ValidationError({"page_size": ["A whole number from 1 to 200."]})
    return int(text)


def _cursor(request: Request) -> UUID | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise exceptions.NotFound("There is no such page.") from None


def _next(request: Request, following: UUID | None) -> str | None:
    if following is None:
        return None
    rest = {name: value for name, value in request.query_params.items() if name != "cursor"}
    return f"{request.path}?{urlencode({**rest, 'cursor': str(following)})}"
