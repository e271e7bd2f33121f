"""All routes: the API under /api/v1, sign-in under /_allauth, everything else is the browser app."""

from functools import cache
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path, re_path
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

from annotation.delivery.metrics import metrics
from annotation.lib import pages
from annotation.lib.api import AlwaysJSON
from annotation.projects.api.access import DeclaredAccess, signed_in


@cache
def _document() -> bytes:
    """The OpenAPI document: a second's work that comes out the same for everybody."""
    generator: Any = SpectacularAPIView.generator_class()
    document: bytes = OpenApiJsonRenderer().render(generator.get_schema(request=None, public=True))
    return document


class SchemaView(SpectacularAPIView):
    """The OpenAPI document."""

    permission_classes = [DeclaredAccess]
    content_negotiation_class = AlwaysJSON
    renderer_classes = [OpenApiJsonRenderer]
    access = {"GET": signed_in()}

    def _get_schema_response(self, request: Request) -> HttpResponse:
        """The same for everybody."""
        return HttpResponse(_document(), content_type=OpenApiJsonRenderer.media_type)


urlpatterns = [
    path("healthz", pages.healthz),
    path("readyz", pages.readyz),
    path("metrics", metrics),
    path("sw.js", pages.service_worker),
    # addresses come from admins: whoever could name their own could take over a single sign-on
    path("_allauth/browser/v1/account/email", pages.no_such_endpoint),
    # only invitations are mailed: whoever asked for a new password would have us write to any address
    path("_allauth/browser/v1/auth/password/request", pages.no_such_endpoint),
    path("_allauth/browser/v1/auth/password/reset", pages.no_such_endpoint),
    path("_allauth/", include("allauth.headless.urls")),
    path("_allauth/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("api/v1/schema", SchemaView.as_view(), name="schema"),
    path("api/v1/", include("annotation.accounts.api.urls")),
    path("api/v1/", include("annotation.projects.api.urls")),
    path("api/v1/", include("annotation.registry.api.urls")),
    path("api/v1/", include("annotation.corpus.api.urls")),
    path("api/v1/", include("annotation.labeling.api.urls")),
    path("api/v1/", include("annotation.quality.api.urls")),
    path("api/v1/", include("annotation.runs.api.urls")),
    path("api/v1/", include("annotation.delivery.api.urls")),
    re_path(r"^api/", pages.no_such_endpoint),
]
if settings.ENV.enable_admin:
    urlpatterns.append(path("admin/", admin.site.urls))
urlpatterns.append(re_path(r"^(?!api/|_allauth/|static/|admin/).*$", pages.browser_app))
handler500 = pages.failed
