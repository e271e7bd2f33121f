"""How data, audit events and webhooks look from outside, and what may be asked for."""

from __future__ import annotations

from rest_framework import serializers

from annotation.delivery import webhooks
from annotation.delivery.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from annotation.labeling.models import Item, Ranking
from annotation.lib.api import Name, StrictSerializer
from annotation.projects.models import Mode


# --- looking through data ---------------------------------------------------------------------
class FilterQuery(StrictSerializer):
    """The conditions of a filter, as they stand in an address."""

    prompt_set = serializers.UUIDField(required=False)
    language = serializers.CharField(max_length=20, required=False)
    tag = serializers.CharField(max_length=40, required=False)
    labeler = serializers.UUIDField(required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    guideline = serializers.IntegerField(min_value=1, max_value=2_000_000_000, required=False)
    mode = serializers.ChoiceField(Mode.choices, required=False)
    k = serializers.IntegerField(min_value=2, max_value=256, required=False)
    ties = serializers.BooleanField(required=False)
    cut = serializers.BooleanField(required=False)
    flagged = serializers.BooleanField(required=False)
    noted = serializers.BooleanField(required=False)
    policy_version = serializers.UUIDField(required=False)
    q = serializers.CharField(max_length=200, required=False)


class ExplorerQuery(FilterQuery):
    """`state`: of judgments counted, surplus or withdrawn; of items open, done, triage or void."""

    state = serializers.ChoiceField(
        sorted({*Ranking.State.values, *Item.State.values}), required=False
    )


class PersonName(StrictSerializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class ExplorerRow(StrictSerializer):
    """A row of the explorer; which fields it has depends on what is looked at."""

    id = serializers.CharField()
    created_at = serializers.DateTimeField()
    state = serializers.CharField()
    item_id = serializers.UUIDField()
    prompt = serializers.CharField()
    language = serializers.CharField()
    labeler = PersonName(required=False)
    guideline = serializers.IntegerField(allow_null=True, required=False)
    active_ms = serializers.IntegerField(allow_null=True, required=False)
    k = serializers.IntegerField(required=False)
    mode = serializers.CharField(required=False)
    tiers = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        required=False,
        help_text="positions of the completions in the item, from 1; best tier first",
    )
    outside = serializers.ListField(
        child=serializers.IntegerField(),
        required=False,
        help_text="positions that stand in no tier",
    )
    has_cut = serializers.BooleanField(required=False)
    has_notes = serializers.BooleanField(required=False)
    flags = serializers.ListField(child=serializers.CharField(), required=False)
    systems = serializers.ListField(
        child=serializers.CharField(allow_blank=True),
        required=False,
        help_text="who wrote them; empty for reviewers",
    )
    text = serializers.CharField(required=False)
    counted = serializers.IntegerField(required=False)
    needed = serializers.IntegerField(required=False)
    ranking_id = serializers.UUIDField(required=False)
    chosen = serializers.CharField(required=False)
    rejected = serializers.CharField(required=False)
    is_tie = serializers.BooleanField(required=False)
    is_direct = serializers.BooleanField(required=False)
    strength = serializers.IntegerField(allow_null=True, required=False)
    tier_gap = serializers.IntegerField(allow_null=True, required=False)


class ExplorerPage(StrictSerializer):
    """`next` leads on also where this page found nothing: a page looks through a bounded part."""

    next = serializers.CharField(allow_null=True)
    results = ExplorerRow(many=True)


class ExplorerCount(StrictSerializer):
    """`number` is null where counting takes too long; `more`: there are more than this."""

    number = serializers.IntegerField(allow_null=True)
    more = serializers.BooleanField()


class SavedViewRow(StrictSerializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    query = serializers.CharField()
    created_at = serializers.DateTimeField()


class NewSavedView(StrictSerializer):
    """The same name again replaces the view."""

    name = Name(max_length=120)
    query = serializers.CharField(max_length=2000, allow_blank=True)


# --- datasets ---------------------------------------------------------------------------------
PARTS = ("rankings", "pairs", "pairs_plain", "demonstrations", "consensus")


class NewDataset(StrictSerializer):
    """What to freeze (or which snapshot to take) and what to write of it. No parts: only freeze."""

    snapshot = serializers.UUIDField(required=False, allow_null=True)
    filter = FilterQuery(required=False)
    include = serializers.ListField(
        child=serializers.ChoiceField(["gold", "repeats"]), max_length=2, required=False
    )
    cut_off = serializers.DateTimeField(required=False, allow_null=True)
    validation_fraction = serializers.FloatField(min_value=0, max_value=0.9, required=False)
    reliability_estimate = serializers.UUIDField(
        required=False, allow_null=True, help_text="whose weights the rankings carry; null: none"
    )
    adjudicated = serializers.ChoiceField(
        ["ignored", "added", "replace"],
        required=False,
        help_text="what orders given in review do beside, or instead of, the judgments",
    )
    parts = serializers.ListField(
        child=serializers.ChoiceField(PARTS), max_length=len(PARTS), required=False
    )
    files = serializers.ListField(
        child=serializers.ChoiceField(["parquet", "jsonl"]),
        min_length=1,
        max_length=2,
        required=False,
    )
    ties = serializers.ChoiceField(["drop", "half"], required=False)
    margin = serializers.ChoiceField(["none", "tiers", "strength"], required=False)
    with_origin = serializers.BooleanField(required=False)


class DatasetStarted(StrictSerializer):
    """The run that makes it; look at the run for progress."""

    run = serializers.UUIDField()


class DatasetRow(StrictSerializer):
    """A written dataset. `card` is the data card with every file, its rows and its SHA-256."""

    id = serializers.UUIDField()
    run = serializers.UUIDField(source="run_id")
    snapshot = serializers.UUIDField(source="snapshot_id")
    snapshot_number = serializers.IntegerField(source="snapshot.number")
    options = serializers.DictField()
    digest = serializers.CharField(source="artifact_id")
    bytes = serializers.IntegerField(source="artifact.bytes")
    created_at = serializers.DateTimeField()


class DatasetDetail(DatasetRow):
    files = serializers.ListField(child=serializers.CharField())
    card = serializers.DictField()


class LicenceForm(StrictSerializer):
    name = Name(max_length=120, allow_blank=True)


# --- the audit trail --------------------------------------------------------------------------
class AuditQuery(StrictSerializer):
    """`action`: a whole one, or a beginning that ends in a dot, such as `item.`."""

    actor = serializers.UUIDField(required=False)
    action = serializers.CharField(max_length=60, required=False)
    object_type = serializers.CharField(max_length=40, required=False)
    object_id = serializers.CharField(max_length=64, required=False)
    request_id = serializers.CharField(max_length=64, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    q = serializers.CharField(max_length=200, required=False)


class AuditEntry(StrictSerializer):
    """Who did what. `sha256` is the link of the chain, once it is laid."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True)
    action = serializers.CharField()
    object_type = serializers.CharField()
    object_id = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    request_id = serializers.CharField()
    sha256 = serializers.CharField(allow_null=True)


# --- webhooks ---------------------------------------------------------------------------------
class WebhookRow(serializers.ModelSerializer[WebhookEndpoint]):
    """An endpoint; its secret is told only when it is made or replaced."""

    waiting = serializers.IntegerField()
    dead = serializers.IntegerField()
    failing_status = serializers.IntegerField(
        allow_null=True, help_text="what was last answered to a message that waits to be sent again"
    )
    failing_error = serializers.CharField(
        allow_null=True, help_text="what went wrong then; null: nothing waits to be sent again"
    )
    events = serializers.ListField(child=serializers.ChoiceField(webhooks.EVENTS))

    class Meta:
        model = WebhookEndpoint
        fields = [
            *("id", "url", "description", "events", "state", "waiting", "dead"),
            *("failing_status", "failing_error", "rotated_at", "created_at"),
        ]
        read_only_fields = fields


class WebhookSecret(StrictSerializer):
    """Told once."""

    id = serializers.UUIDField()
    secret = serializers.CharField()


class WebhookChange(StrictSerializer):
    url = serializers.CharField(max_length=1000, required=False)
    description = serializers.CharField(max_length=200, allow_blank=True, required=False)
    events = serializers.ListField(
        child=serializers.ChoiceField(webhooks.EVENTS), min_length=1, max_length=50, required=False
    )
    state = serializers.ChoiceField(WebhookEndpoint.State.choices, required=False)


class NewWebhook(StrictSerializer):
    """https:// only; see the documentation for what is sent."""

    url = serializers.CharField(max_length=1000)
    description = serializers.CharField(max_length=200, allow_blank=True, default="")
    events = serializers.ListField(
        child=serializers.ChoiceField(webhooks.EVENTS), min_length=1, max_length=50
    )


class WebhookAttemptRow(serializers.ModelSerializer[WebhookAttempt]):
    class Meta:
        model = WebhookAttempt
        fields = ["at", "status", "error", "duration_ms"]
        read_only_fields = fields


class WebhookMessageRow(serializers.ModelSerializer[WebhookMessage]):
    """A message and its latest attempts, newest first."""

    tries = WebhookAttemptRow(many=True, source="latest")
    data = serializers.DictField()  # type: ignore[assignment]  # a field of the message

    class Meta:
        model = WebhookMessage
        fields = [
            *("id", "event", "data", "state", "attempts", "created_at", "next_try_at", "tries"),
        ]
        read_only_fields = fields
