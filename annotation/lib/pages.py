"""Pages outside the API: health, readiness, the browser app's entry, unknown endpoints."""

import json

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.http import require_safe

from annotation.lib.preload import preload


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The process can do its work: the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        return JsonResponse({"status": "unavailable", "reason": type(error).__name__}, status=503)
    return JsonResponse({"status": "ok"})


@require_safe
@ensure_csrf_cookie
def browser_app(request: HttpRequest) -> HttpResponse:
    """The single page; it finds its own way from the path.

    The component kit writes a few `<style>` elements at run time: they carry this answer's nonce,
    so the policy can refuse every other inline style. Scripts never get one.
    """
    index = settings.FRONTEND_DIST / "index.html"
    if not index.is_file():
        return HttpResponse(
            "The browser app is not built yet: run `make up`.",
            status=503,
            content_type="text/plain",
        )
    nonce = str(request.csp_nonce)  # type: ignore[attr-defined]
    text = index.read_text(encoding="utf-8").replace("__STYLE_NONCE__", nonce)
    page = HttpResponse(text.replace("</head>", f"{preload(request)}</head>"))
    page["Cache-Control"] = "no-cache"
    return page


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the page for times when nobody answers; it may do so for all paths
    because it is served beside them (docs/decisions/0008)."""
    script = settings.FRONTEND_DIST / "sw.js"
    if not script.is_file():
        return HttpResponse(status=404)
    answer = HttpResponse(script.read_bytes(), content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer


@csrf_exempt
def no_such_endpoint(request: HttpRequest) -> HttpResponse:
    """An unknown address under /api/ answers with a problem document, not with a page."""
    body = {
        "type": "urn:tiebreak:problem:not_found",
        "title": "There is no such endpoint.",
        "status": 404,
        "code": "not_found",
    }
    return HttpResponse(json.dumps(body), status=404, content_type="application/problem+json")
