"""Items and their judgments for those who run a project; never for labelers."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.corpus.models import PromptSet
from annotation.labeling import selectors, services
from annotation.labeling.api import serializers as forms
from annotation.labeling.models import Item, Ranking
from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.projects.api.access import TOLD_ORIGIN, TiebreakView, roles


def _shown(view: TiebreakView, item_id: UUID) -> Response:
    """The item with everything about it that the caller is told."""
    context = {"with_origin": bool(view.roles & TOLD_ORIGIN)}
    return Response(forms.ItemDetail(selectors.item_detail(item_id), context=context).data)


class ItemsView(TiebreakView):
    """The items of a project."""

    access = {
        "GET": roles("admin", "reviewer", "ml"),
        "POST": roles("admin", "ml", scope="manage"),
    }
    query = frozenset(forms.ItemsQuery().fields)

    @extend_schema(
        operation_id="items_list",
        parameters=[*PAGE_QUERY, forms.ItemsQuery],
        responses=page_of(forms.ItemRow),
        filters=False,
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        asked = forms.ItemsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = {name: value for name, value in asked.validated_data.items() if name in self.query}
        return paged(self, selectors.items(self.project, **given), forms.ItemRow)

    @extend_schema(
        operation_id="items_create",
        request=forms.ItemsRequest,
        responses={201: forms.ItemsMade},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        given = forms.valid(forms.ItemsRequest, request)
        prompt_set = PromptSet.objects.filter(project=self.project, pk=given["prompt_set"]).first()
        if prompt_set is None:
            raise exceptions.ValidationError({"prompt_set": ["No such prompt set here."]})
        made = services.make_items(
            actor=self.person,
            project=self.project,
            prompt_set=prompt_set,
            kind=given["kind"],
            needed=given.get("needed"),
            k=given.get("k"),
        )
        return Response(forms.ItemsMade(made).data, status=status.HTTP_201_CREATED)


class ItemView(TiebreakView):
    """One item with everything about it."""

    access = {"GET": roles("admin", "reviewer", "ml")}
    query = frozenset()
    item: Item

    def project_id_of(self, **kwargs: Any) -> UUID:
        found = Item.objects.filter(pk=kwargs["item_id"]).first()
        if found is None:
            raise exceptions.NotFound("There is no such thing here.")
        self.item = found
        return found.project_id

    @extend_schema(operation_id="items_retrieve", responses=forms.ItemDetail)
    def get(self, request: Request, item_id: UUID) -> Response:
        return self.answer()

    def answer(self) -> Response:
        return _shown(self, self.item.pk)


class VoidItemView(ItemView):
    """Take an item out of circulation."""

    access = {"POST": roles("admin", scope="manage")}
    http_method_names = ["post", "options"]

    @extend_schema(operation_id="items_void", request=forms.VoidRequest, responses=forms.ItemDetail)
    def post(self, request: Request, item_id: UUID) -> Response:
        given = forms.valid(forms.VoidRequest, request)
        services.void_item(actor=self.person, item=self.item, **given)
        return self.answer()


class ReopenItemView(ItemView):
    """Put an item back into circulation, from triage or from the void."""

    access = {"POST": roles("admin", scope="manage")}
    http_method_names = ["post", "options"]

    @extend_schema(operation_id="items_reopen", request=None, responses=forms.ItemDetail)
    def post(self, request: Request, item_id: UUID) -> Response:
        services.reopen_item(actor=self.person, item=self.item)
        return self.answer()


class _RankingView(TiebreakView):
    access = {"POST": roles("admin", "reviewer", scope="manage")}
    query = frozenset()
    ranking: Ranking

    def project_id_of(self, **kwargs: Any) -> UUID:
        found = Ranking.objects.filter(pk=kwargs["ranking_id"]).first()
        if found is None:
            raise exceptions.NotFound("There is no such thing here.")
        self.ranking = found
        return found.project_id

    def item(self) -> Response:
        return _shown(self, self.ranking.item_id)


class WithdrawRankingView(_RankingView):
    """Take a ranking out by review."""

    @extend_schema(
        operation_id="rankings_withdraw",
        request=forms.WithdrawRequest,
        responses=forms.ItemDetail,
    )
    def post(self, request: Request, ranking_id: UUID) -> Response:
        given = forms.valid(forms.WithdrawRequest, request)
        services.withdraw_ranking(actor=self.person, ranking=self.ranking, reason=given["reason"])
        return self.item()


class RestoreRankingView(_RankingView):
    """Put back what review took out; surplus where its slot was filled meanwhile."""

    @extend_schema(
        operation_id="rankings_restore",
        request=forms.WithdrawRequest,
        responses=forms.ItemDetail,
    )
    def post(self, request: Request, ranking_id: UUID) -> Response:
        given = forms.valid(forms.WithdrawRequest, request)
        services.restore_ranking(actor=self.person, ranking=self.ranking, reason=given["reason"])
        return self.item()
