"""Routes of this app."""

from django.urls import URLPattern, path

from annotation.quality.api.overview import OverviewView

urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/overview", OverviewView.as_view(), name="overview"),
]
