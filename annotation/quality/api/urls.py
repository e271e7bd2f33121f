"""Routes of this app."""

from django.urls import URLPattern, path

from annotation.quality.api.overview import OverviewView
from annotation.quality.api.views import AgreementView

urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/agreement", AgreementView.as_view(), name="agreement"),
    path("projects/<uuid:project_id>/overview", OverviewView.as_view(), name="overview"),
]
