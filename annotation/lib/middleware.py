"""Small middleware: an id for every request, and no caching of API answers."""

import uuid
from collections.abc import Callable
from contextvars import ContextVar

import structlog
from csp.constants import HEADER as CSP_HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")
GetResponse = Callable[[HttpRequest], HttpResponse]


def request_id(get_response: GetResponse) -> GetResponse:
    """Give every request an id, bind it to the logs and return it as X-Request-ID."""

    def middleware(request: HttpRequest) -> HttpResponse:
        value = uuid.uuid4().hex
        token = current_request_id.set(value)
        structlog.contextvars.bind_contextvars(request_id=value)
        try:
            response = get_response(request)
        finally:
            current_request_id.reset(token)
            structlog.contextvars.clear_contextvars()
        response.headers["X-Request-ID"] = value
        return response

    return middleware


def no_store_for_api(get_response: GetResponse) -> GetResponse:
    """Judgments and roles change; nothing under the API may be kept by a cache, or run as a page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith(("/api/", "/_allauth/")):
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault(CSP_HEADER, "default-src 'none'; frame-ancestors 'none'")
        return response

    return middleware


class PagePolicy(CSPMiddleware):
    """The policy of pages; answers that already carry one need not have it worked out."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if CSP_HEADER in response:
            return response
        answer: HttpResponseBase = super().process_response(request, response)
        return answer
