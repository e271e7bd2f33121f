"""Items and judgments in the back office: to look at; what changes them goes through the services."""

from typing import Any

from django.contrib import admin
from unfold.admin import TabularInline

from annotation.corpus.texts import preview
from annotation.labeling.models import (
    ChatTurn,
    Demonstration,
    Item,
    ItemCompletion,
    Placement,
    Ranking,
    Skip,
    Slot,
)
from annotation.lib.admin import ReadOnlyAdmin


class LookOnly:
    """An inline that shows rows and changes none."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class ItemCompletionInline(LookOnly, TabularInline):
    model = ItemCompletion
    fields = ("position", "completion")
    readonly_fields = fields


class SlotInline(LookOnly, TabularInline):
    model = Slot
    fields = ("number", "state", "labeler", "lease_until")
    readonly_fields = fields


class PlacementInline(LookOnly, TabularInline):
    model = Placement
    fields = ("shown_at", "tier", "cannot_judge", "grades", "completion")
    readonly_fields = fields


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin):
    list_display = ("beginning", "project", "kind", "state", "counted", "needed", "created_at")
    list_filter = ("state", "kind", "is_gold", "is_imported")
    list_select_related = ("project", "prompt")
    search_fields = ("=id", "=key")
    show_full_result_count = False
    inlines = (ItemCompletionInline, SlotInline)

    @admin.display(description="prompt")
    def beginning(self, item: Item) -> str:
        return preview(item.prompt.messages, 80)


class JudgmentAdmin(ReadOnlyAdmin):
    list_display = ("id", "project", "labeler", "state", "active_ms", "created_at")
    list_filter = ("state",)
    list_select_related = ("project", "labeler")
    search_fields = ("=id", "=client_uuid", "=labeler__username")
    show_full_result_count = False


@admin.register(Ranking)
class RankingAdmin(JudgmentAdmin):
    inlines = (PlacementInline,)


@admin.register(Demonstration)
class DemonstrationAdmin(JudgmentAdmin):
    pass


@admin.register(Skip)
class SkipAdmin(ReadOnlyAdmin):
    list_display = ("item", "labeler", "reason", "created_at")
    list_filter = ("reason",)
    list_select_related = ("item", "labeler")
    show_full_result_count = False


@admin.register(ChatTurn)
class ChatTurnAdmin(ReadOnlyAdmin):
    """How far turns have come and why they failed; what was said is the labeler's own."""

    list_display = ("id", "conversation", "number", "state", "error_code", "tries", "created_at")
    list_filter = ("state", "error_code")
    fields = (
        *("conversation", "number", "state", "policy_version", "plan", "replies", "tries"),
        *(
            "error_code",
            "error_message",
            "lease_owner",
            "lease_epoch",
            "lease_until",
            "answered_at",
        ),
    )
    show_full_result_count = False
