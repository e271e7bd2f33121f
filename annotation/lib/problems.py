"""Errors as problem documents (RFC 9457): one shape, a stable code, the field and the rule.

One handler turns what services raise, and Django's and DRF's own errors, into
`application/problem+json`. No stack, no SQL, ever.
"""

from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404
from psycopg_pool import PoolTimeout
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from annotation.lib.errors import Refused
from annotation.lib.logs import current_request_id
from annotation.lib.translating import in_readers_language

DATABASE_AWAY = (OperationalError, PoolTimeout)
UNAVAILABLE = "The database is not available right now; please try again."


class ProblemResponse(Response):
    """A problem document."""

    def __init__(self, code: str, message: str, http_status: int, **more: Any) -> None:
        super().__init__(
            {
                "type": f"urn:tiebreak:problem:{code}",
                "title": in_readers_language(message),
                "status": http_status,
                "code": code,
                "request_id": current_request_id.get(),
                **more,
            },
            status=http_status,
            content_type="application/problem+json",
        )


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None (an unknown error) lets the error surface as a logged 500."""
    if isinstance(error, Refused):
        set_rollback()
        details = error.details
        if "errors" in details:
            details = {**details, "errors": [_in_words(one) for one in details["errors"]]}
        return ProblemResponse(error.code, error.message, error.status, **details)
    if isinstance(error, exceptions.ValidationError):
        set_rollback()
        return ProblemResponse(
            "invalid",
            "The request does not fit the rules; see errors.",
            status.HTTP_400_BAD_REQUEST,
            errors=list(_flatten(error.detail)),
        )
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is no such thing here.")
    if isinstance(error, DjangoPermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.APIException):
        set_rollback()
        response = ProblemResponse(_code(error), str(error.detail), error.status_code)
        if wait := getattr(error, "wait", None):
            response["Retry-After"] = str(int(wait) + 1)
        if header := getattr(error, "auth_header", None):
            response["WWW-Authenticate"] = header
        return response
    return _database_problem(error)


def _database_problem(error: Exception) -> Response | None:
    """What the database refuses is the caller's doing; what it cannot serve now is worth a retry."""
    if isinstance(error, IntegrityError):
        set_rollback()
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        return ProblemResponse(
            "conflict",
            "The database refused this: it contradicts what is stored.",
            status.HTTP_409_CONFLICT,
            rule=constraint or "",
        )
    if isinstance(error, DataError):
        set_rollback()
        return ProblemResponse(
            "invalid", "A value is out of range or of the wrong form.", status.HTTP_400_BAD_REQUEST
        )
    if isinstance(error, DATABASE_AWAY):
        set_rollback()
        response = ProblemResponse("unavailable", UNAVAILABLE, status.HTTP_503_SERVICE_UNAVAILABLE)
        response["Retry-After"] = "2"
        return response
    return None


def _in_words(error: dict[str, str]) -> dict[str, str]:
    return {**error, "message": in_readers_language(error["message"])}


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else "invalid"


def _flatten(detail: Any, path: str = "") -> Any:
    """Yield {field, rule, message} for every leaf of DRF's nested error structure."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from _flatten(value, ".".join(part for part in (path, name) if part))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = f"{path}[{index}]" if isinstance(value, dict | list) else path
            yield from _flatten(value, nested)
    else:
        message = in_readers_language(str(detail))
        yield {"field": path, "rule": getattr(detail, "code", "invalid"), "message": message}
