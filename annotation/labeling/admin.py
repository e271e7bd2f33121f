"""Items and judgments in the back office: to look at; what changes them goes through the services."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from annotation.accounts.models import User
from annotation.corpus.texts import preview
from annotation.labeling import services
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


def _staff(request: HttpRequest) -> User:
    """Who acts; the back office lets nobody in who is not signed in."""
    assert isinstance(request.user, User)
    return request.user


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
    list_filter = ("state", "kind", "control", "is_imported")
    list_select_related = ("project", "prompt")
    search_fields = ("=id", "=key")
    show_full_result_count = False
    inlines = (ItemCompletionInline, SlotInline)
    actions = ("void", "reopen")

    @admin.action(description="Void the chosen items: hand them out no more")
    def void(self, request: HttpRequest, chosen: QuerySet[Item]) -> None:
        self.act_on_each(
            request, chosen, lambda item: services.void_item(actor=_staff(request), item=item)
        )

    @admin.action(description="Reopen the chosen items")
    def reopen(self, request: HttpRequest, chosen: QuerySet[Item]) -> None:
        self.act_on_each(
            request, chosen, lambda item: services.reopen_item(actor=_staff(request), item=item)
        )

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
    actions = ("withdraw",)

    @admin.action(description="Withdraw the chosen rankings: they stay stored and count no more")
    def withdraw(self, request: HttpRequest, chosen: QuerySet[Ranking]) -> None:
        def act(ranking: Ranking) -> None:
            services.withdraw_ranking(
                actor=_staff(request), ranking=ranking, reason="withdrawn in the back office"
            )

        self.act_on_each(request, chosen, act)


@admin.register(Slot)
class SlotAdmin(ReadOnlyAdmin):
    """Who holds what. Ending a lease gives the slot to others; work handed in later is still kept."""

    list_display = ("id", "project", "number", "state", "labeler", "lease_until")
    list_filter = ("state",)
    list_select_related = ("project", "labeler")
    search_fields = ("=id", "=item__id", "=labeler__username")
    show_full_result_count = False
    actions = ("end_lease",)

    @admin.action(description="End the leases of the chosen slots")
    def end_lease(self, request: HttpRequest, chosen: QuerySet[Slot]) -> None:
        self.act_on_each(
            request, chosen, lambda slot: services.end_lease(actor=_staff(request), slot=slot)
        )


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
