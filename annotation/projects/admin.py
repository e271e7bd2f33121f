"""Projects in the back office: to look at; admins of a project change it in the application."""

from django.contrib import admin

from annotation.lib.admin import ReadOnlyAdmin
from annotation.projects.models import GuidelineVersion, ImportedLabeler, Membership, Project


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    list_display = ("name", "language", "state", "completions_per_item", "created_at")
    list_filter = ("state", "language")
    search_fields = ("name",)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("user", "project", "role", "created_at")
    list_filter = ("role", "project")
    list_select_related = ("user", "project")
    search_fields = ("user__username",)


@admin.register(GuidelineVersion)
class GuidelineVersionAdmin(ReadOnlyAdmin):
    list_display = ("project", "number", "created_by", "created_at")
    list_select_related = ("project", "created_by")


@admin.register(ImportedLabeler)
class ImportedLabelerAdmin(ReadOnlyAdmin):
    list_display = ("name", "source", "project", "user")
    list_select_related = ("project", "user")
    search_fields = ("name", "source")
