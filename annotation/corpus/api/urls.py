"""Routes of this app."""

from django.urls import URLPattern, path

from annotation.corpus.api import views

urlpatterns: list[URLPattern] = [
    path(
        "projects/<uuid:project_id>/prompt-sets",
        views.PromptSetsView.as_view(),
        name="prompt-sets",
    ),
    path("prompt-sets/<uuid:prompt_set_id>", views.PromptSetView.as_view(), name="prompt-set"),
    path("prompt-sets/<uuid:prompt_set_id>/prompts", views.PromptsView.as_view(), name="prompts"),
    path(
        "projects/<uuid:project_id>/sampling-plans",
        views.SamplingPlansView.as_view(),
        name="sampling-plans",
    ),
]
