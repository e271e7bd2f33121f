"""Runs in the back office: to look at, not to change."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from annotation.accounts.models import User
from annotation.lib.admin import ReadOnlyAdmin
from annotation.runs.models import DatasetSnapshot, RoundPlan, Run
from annotation.runs.services import cancel, retry


def _staff(request: HttpRequest) -> User:
    """Who acts; the back office lets nobody in who is not signed in."""
    assert isinstance(request.user, User)
    return request.user


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("number", "project", "kind", "status", "phase", "tries", "created_at")
    list_filter = ("kind", "status")
    list_select_related = ("project",)
    search_fields = ("=id", "=idempotency_key")
    show_full_result_count = False
    actions = ("cancel", "requeue")

    @admin.action(description="Cancel the chosen runs")
    def cancel(self, request: HttpRequest, chosen: QuerySet[Run]) -> None:
        self.act_on_each(request, chosen, lambda run: cancel(run=run, actor=_staff(request)))

    @admin.action(description="Queue the chosen runs again")
    def requeue(self, request: HttpRequest, chosen: QuerySet[Run]) -> None:
        self.act_on_each(request, chosen, lambda run: retry(run=run, actor=_staff(request)))


@admin.register(DatasetSnapshot)
class DatasetSnapshotAdmin(ReadOnlyAdmin):
    list_display = ("number", "project", "cut_off", "sha256", "created_at")
    list_select_related = ("project",)


@admin.register(RoundPlan)
class RoundPlanAdmin(ReadOnlyAdmin):
    list_display = ("project", "state", "trigger", "judgments", "changed_at")
    list_select_related = ("project",)
