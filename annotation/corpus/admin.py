"""Prompts and completions in the back office: to look at, because they are kept as they came."""

from django.contrib import admin

from annotation.corpus.models import Completion, Prompt, PromptSet, SamplingPlan
from annotation.corpus.texts import preview
from annotation.lib.admin import ReadOnlyAdmin


@admin.register(PromptSet)
class PromptSetAdmin(ReadOnlyAdmin):
    list_display = ("name", "version", "project", "purpose", "language", "created_at")
    list_filter = ("purpose", "language")
    list_select_related = ("project",)
    search_fields = ("name",)


@admin.register(Prompt)
class PromptAdmin(ReadOnlyAdmin):
    list_display = ("beginning", "prompt_set", "split", "source", "source_id", "created_at")
    list_filter = ("prompt_set",)
    list_select_related = ("prompt_set",)
    search_fields = ("=text_hash", "=source_id")
    show_full_result_count = False

    @admin.display(description="prompt")
    def beginning(self, prompt: Prompt) -> str:
        return preview(prompt.messages, 80)


@admin.register(SamplingPlan)
class SamplingPlanAdmin(ReadOnlyAdmin):
    list_display = ("name", "project", "strategy", "n", "max_new_tokens", "created_at")
    list_select_related = ("project",)


@admin.register(Completion)
class CompletionAdmin(ReadOnlyAdmin):
    list_display = ("id", "origin", "system", "policy_version", "finish_reason", "created_at")
    list_filter = ("origin",)
    list_select_related = ("policy_version",)
    search_fields = ("=text_hash",)
    show_full_result_count = False
