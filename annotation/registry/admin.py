"""The registry in the back office: to look at, not to change."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from annotation.registry.models import ModelVersion


@admin.register(ModelVersion)
class ModelVersionAdmin(ModelAdmin):
    list_display = ("name", "project", "kind", "number", "stage", "status", "created_at")
    list_filter = ("kind", "stage", "status")
    search_fields = ("name", "artifact__digest")
    list_select_related = ("project",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
