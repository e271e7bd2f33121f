"""Routes of this app."""

from django.urls import URLPattern, path

from annotation.corpus.api import prompt_views, template_views, views

PROJECT = "projects/<uuid:project_id>"
SET = "prompt-sets/<uuid:prompt_set_id>"
PROMPT = "prompts/<uuid:prompt_id>"
TEMPLATE = "prompt-templates/<uuid:template_id>"

urlpatterns: list[URLPattern] = [
    path(f"{PROJECT}/prompt-sets", views.PromptSetsView.as_view()),
    path(f"{PROJECT}/prompt-set-counts", prompt_views.PromptSetCountsView.as_view()),
    path(SET, prompt_views.PromptSetView.as_view()),
    path(f"{SET}/versions", prompt_views.PromptSetVersionsView.as_view()),
    path(f"{SET}/changes", prompt_views.PromptSetChangesView.as_view()),
    path(f"{SET}/facets", prompt_views.PromptFacetsView.as_view()),
    path(f"{SET}/prompts", prompt_views.PromptsView.as_view()),
    path(f"{SET}/prompt-count", prompt_views.PromptCountView.as_view()),
    path(PROMPT, prompt_views.PromptView.as_view()),
    path(f"{PROMPT}/edits/<uuid:client_uuid>", prompt_views.PromptEditView.as_view()),
    path(f"{PROJECT}/prompt-acts", prompt_views.PromptActsView.as_view()),
    path(
        "prompt-acts/<uuid:prompt_act_id>/undo/<uuid:client_uuid>",
        prompt_views.PromptActUndoView.as_view(),
    ),
    path(f"{PROJECT}/near-duplicates", prompt_views.NearGroupsView.as_view()),
    path(f"{PROJECT}/prompt-templates", template_views.TemplatesView.as_view()),
    path(f"{TEMPLATE}/preview", template_views.TemplatePreviewView.as_view()),
    path(f"{TEMPLATE}/prompts", template_views.TemplatePromptsView.as_view()),
    path(f"{PROJECT}/sampling-plans", views.SamplingPlansView.as_view()),
]
