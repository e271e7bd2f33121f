"""The registry in the back office: to look at, not to change."""

from django.contrib import admin

from annotation.lib.admin import ReadOnlyAdmin
from annotation.registry.models import ModelVersion


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ("name", "project", "kind", "number", "stage", "status", "created_at")
    list_filter = ("kind", "stage", "status")
    search_fields = ("name", "artifact__digest")
    list_select_related = ("project",)
