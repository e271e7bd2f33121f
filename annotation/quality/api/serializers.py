"""The forms of answers about quality."""

from rest_framework import serializers

from annotation.lib.api import StrictSerializer


class LabelerAgreement(StrictSerializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    pairs = serializers.IntegerField()
    agreement = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(
        child=serializers.FloatField(), min_length=2, max_length=2, allow_null=True
    )


class Agreement(StrictSerializer):
    """Agreement over pairs of completions that two people judged; 95 % interval, items as clusters."""

    pairs = serializers.IntegerField()
    agreeing = serializers.IntegerField()
    items = serializers.IntegerField()
    ties_excluded = serializers.IntegerField()
    agreement = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(
        child=serializers.FloatField(), min_length=2, max_length=2, allow_null=True
    )
    labelers = LabelerAgreement(many=True)
