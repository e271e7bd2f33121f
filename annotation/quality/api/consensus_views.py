"""The consensus about an item over HTTP: computed when asked for, kept nowhere but in datasets."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.labeling.models import Item
from annotation.projects.api.access import TiebreakView, roles
from annotation.quality.item_consensus import consensus_of


class ItemConsensus(serializers.Serializer[Any]):
    """One probable order. Tiers hold what is not surely told apart; lists follow `completions`."""

    version = serializers.CharField(help_text="of the method")
    sure = serializers.FloatField(help_text="so probable must be what ends a tier")
    judges = serializers.IntegerField(help_text="people who judged")
    judgments = serializers.IntegerField()
    completions = serializers.ListField(child=serializers.UUIDField())
    tiers = serializers.ListField(child=serializers.ListField(child=serializers.UUIDField()))
    unranked = serializers.ListField(child=serializers.UUIDField())
    logits = serializers.ListField(child=serializers.FloatField())
    low = serializers.ListField(child=serializers.FloatField(), help_text="of 95 %")
    high = serializers.ListField(child=serializers.FloatField(), help_text="of 95 %")
    better = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        help_text="probability that the row's completion is better than the column's",
    )


class ItemConsensusView(TiebreakView):
    """What the labelers of an item hold together, with its doubts."""

    access = {"GET": roles("admin", "reviewer", "ml")}
    thing = ("labeling_item", "item_id")
    query = frozenset()

    @extend_schema(operation_id="items_consensus", responses=ItemConsensus)
    def get(self, request: Request, item_id: UUID) -> Response:
        return Response(ItemConsensus(consensus_of(Item.objects.get(pk=item_id))).data)
