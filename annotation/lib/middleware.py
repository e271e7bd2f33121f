"""Small middleware: an id for every request, strict JSON at the sign-in, no caching of API answers."""

import re
import uuid
from collections.abc import Callable

from csp.constants import HEADER as CSP_HEADER
from csp.middleware import CSPMiddleware
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, RawPostDataException
from django.http.response import HttpResponseBase

from annotation.lib import json
from annotation.lib.logs import current_request_id

GetResponse = Callable[[HttpRequest], HttpResponse]
_GIVEN = re.compile(r"[0-9a-f]{32}")
_FORM = "/_allauth/browser/v1/auth/provider/redirect"  # the button of single sign-on


def request_id(get_response: GetResponse) -> GetResponse:
    """Give every request an id for its log lines and return it as X-Request-ID: that of nginx, which
    lets none from outside pass, or one of its own.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        value = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
        current_request_id.set(
            value
        )  # to the next request: Django logs a refusal after all middleware
        response = get_response(request)
        response.headers["X-Request-ID"] = value
        return response

    return middleware


def strict_sign_in(get_response: GetResponse) -> GetResponse:
    """What the API's own parser refuses is refused on the way to the library that signs people in too:
    a body that it cannot read, or the database cannot hold, would be an error in the log for each try.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/_allauth/") and request.path != _FORM:
            try:
                json.loads(request.body or b"{}")
            except (json.StrictJSONError, RequestDataTooBig, RawPostDataException):
                return HttpResponse(status=400)
        return get_response(request)

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
