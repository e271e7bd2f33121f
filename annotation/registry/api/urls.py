"""Routes of this app."""

from django.urls import URLPattern, path

from annotation.registry.api import views

urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/versions", views.VersionsView.as_view()),
    path("versions/<uuid:version_id>", views.VersionView.as_view()),
    path("versions/<uuid:version_id>/retire", views.RetireVersionView.as_view()),
    path("versions/<uuid:version_id>/restore", views.RestoreVersionView.as_view()),
]
