"""Uploads, what is seen in them, and how they are to be taken in."""

from __future__ import annotations

from rest_framework import serializers

from annotation.corpus.incoming.formats import FORMATS
from annotation.corpus.incoming.plan import KINDS
from annotation.corpus.models import PromptSet
from annotation.lib.api import Name, StrictSerializer

ENCODING_CHOICES = ("utf-8", "gb18030", "utf-16")
DELIMITER_CHOICES = (",", "\t", ";", "|")


class UploadSerializer(StrictSerializer):
    """`received` of `bytes` are here; the next piece begins there."""

    id = serializers.UUIDField()
    filename = serializers.CharField()
    bytes = serializers.IntegerField()
    received = serializers.IntegerField()
    is_complete = serializers.BooleanField()
    fingerprint = serializers.CharField()
    created_at = serializers.DateTimeField()
    touched_at = serializers.DateTimeField()
    is_gone = serializers.SerializerMethodField()

    def get_is_gone(self, upload: object) -> bool:
        return getattr(upload, "gone_at", None) is not None


class NewUploadSerializer(StrictSerializer):
    filename = serializers.CharField(max_length=200)
    bytes = serializers.IntegerField(min_value=1, max_value=2**53)
    fingerprint = serializers.CharField(max_length=64, required=False, allow_blank=True)


class PlanRequestSerializer(StrictSerializer):
    """What a person chose instead of what was detected; all may be left out."""

    format = serializers.ChoiceField(choices=[(n, n) for n in FORMATS], required=False)
    kind = serializers.ChoiceField(choices=[(k, k) for k in KINDS], required=False)
    columns = serializers.DictField(
        child=serializers.ListField(
            child=serializers.CharField(max_length=200, trim_whitespace=False), max_length=200
        ),
        required=False,
    )
    encoding = serializers.ChoiceField(choices=[(e, e) for e in ENCODING_CHOICES], required=False)
    delimiter = serializers.ChoiceField(choices=[(d, d) for d in DELIMITER_CHOICES], required=False)
    language = serializers.CharField(max_length=20, required=False, allow_blank=True)


class ImportRequestSerializer(PlanRequestSerializer):
    """Where the rows go: a prompt set by id, or by name (made when there is none of that name)."""

    prompt_set = serializers.UUIDField(required=False, allow_null=True)
    prompt_set_name = Name(max_length=120, required=False, allow_blank=True)
    purpose = serializers.ChoiceField(choices=PromptSet.OFFERED, required=False)
    dry_run = serializers.BooleanField(default=True)


class FileKindSerializer(StrictSerializer):
    container = serializers.ChoiceField(choices=["jsonl", "json", "csv", "parquet"])
    packed = serializers.BooleanField()
    encoding = serializers.CharField()
    delimiter = serializers.CharField()


class FormatMatchSerializer(StrictSerializer):
    """`rows` of the rows looked at fit, by `fields`; `kinds` are what they can become."""

    format = serializers.CharField()
    rows = serializers.IntegerField()
    fields_seen = serializers.ListField(child=serializers.CharField(), source="fields")
    kinds = serializers.ListField(child=serializers.CharField())


class PreviewMessageSerializer(StrictSerializer):
    role = serializers.CharField()
    content = serializers.CharField()


class PreviewIssueSerializer(StrictSerializer):
    field = serializers.CharField()
    rule = serializers.CharField()
    message = serializers.CharField()


class PreviewRowSerializer(StrictSerializer):
    line = serializers.IntegerField()
    prompt = PreviewMessageSerializer(many=True)
    completions = serializers.ListField(child=serializers.CharField())
    ranking = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    reference = serializers.CharField()
    fields_kept = serializers.DictField(child=serializers.CharField(), source="fields")
    issue = PreviewIssueSerializer(allow_null=True)


class PreviewSerializer(StrictSerializer):
    """The file as detected, the plan as it stands, and the first rows under that plan."""

    file = FileKindSerializer()
    looked_at = serializers.IntegerField()
    file_columns = serializers.ListField(child=serializers.CharField())
    examples = serializers.DictField(child=serializers.CharField())
    formats = FormatMatchSerializer(many=True)
    format = serializers.CharField()
    kind = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())
    columns = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    rows = PreviewRowSerializer(many=True)
    broken = PreviewIssueSerializer(allow_null=True)
