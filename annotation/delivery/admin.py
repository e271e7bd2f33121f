"""What left a project, in the back office: to look at, and to send a message again."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from annotation.accounts.models import User
from annotation.delivery import services
from annotation.delivery.models import Export, WebhookAttempt, WebhookEndpoint, WebhookMessage
from annotation.lib.admin import ReadOnlyAdmin


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ("id", "project", "snapshot", "artifact", "created_at")
    list_select_related = ("project", "snapshot", "artifact")
    search_fields = ("=id", "=artifact__digest")
    show_full_result_count = False


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    list_display = ("url", "project", "state", "removed_at", "created_at")
    list_filter = ("state",)
    list_select_related = ("project",)
    search_fields = ("url",)


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnlyAdmin):
    list_display = ("id", "event", "endpoint", "state", "attempts", "next_try_at", "created_at")
    list_filter = ("state",)
    list_select_related = ("endpoint",)
    search_fields = ("=id", "=endpoint__id")
    show_full_result_count = False
    actions = ("send_again",)

    @admin.action(description="Send the chosen messages again")
    def send_again(self, request: HttpRequest, chosen: QuerySet[WebhookMessage]) -> None:
        actor = request.user
        assert isinstance(actor, User)
        self.act_on_each(
            request, chosen, lambda message: services.send_again(actor=actor, message=message)
        )


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(ReadOnlyAdmin):
    list_display = ("id", "message", "at", "status", "error", "duration_ms")
    search_fields = ("=message__id",)
    show_full_result_count = False
