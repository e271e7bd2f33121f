"""Pages outside the API: health, readiness, the browser app's entry, unknown endpoints."""

import json
import sys

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.http import require_safe

from annotation.lib.logs import current_request_id
from annotation.lib.preload import preload
from annotation.lib.problems import DATABASE_AWAY, UNAVAILABLE
from annotation.lib.translating import in_readers_language

BROKEN = "Something is wrong here; the server's log says what, under the id of this request."


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
    return _problem("not_found", in_readers_language("There is no such endpoint."), 404)


def failed(request: HttpRequest) -> HttpResponse:
    """What no view turned into a refusal. Most of all a database that is away, which middleware asks for
    sessions before any view does: then a program is told when to ask again, and a page asks by itself.
    """
    away = isinstance(sys.exc_info()[1], DATABASE_AWAY)
    code, status = ("unavailable", 503) if away else ("internal", 500)
    words = in_readers_language(UNAVAILABLE if away else BROKEN)
    if request.path.startswith(("/api/", "/_allauth/")):
        answer = _problem(code, words, status)
    else:
        answer = HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
    if away:
        answer["Retry-After"] = answer["Refresh"] = "2"
    return answer


def _problem(code: str, title: str, status: int) -> HttpResponse:
    body = {
        "type": f"urn:tiebreak:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "request_id": current_request_id.get(),
    }
    return HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")
