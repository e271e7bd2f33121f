"""Runs in the back office: to look at, not to change."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from annotation.runs.models import DatasetSnapshot, Run, Schedule


class ReadOnly(ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ("number", "project", "kind", "status", "phase", "tries", "created_at")
    list_filter = ("kind", "status")
    list_select_related = ("project",)


@admin.register(DatasetSnapshot)
class DatasetSnapshotAdmin(ReadOnly):
    list_display = ("number", "project", "cut_off", "sha256", "created_at")
    list_select_related = ("project",)


@admin.register(Schedule)
class ScheduleAdmin(ReadOnly):
    list_display = ("name", "project", "trigger", "every", "is_active")
    list_select_related = ("project",)
